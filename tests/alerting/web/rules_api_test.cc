#include "alerting/web/rules_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tocsin::web {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

class NamedQuery final : public model::PreparedQuery {
 public:
  explicit NamedQuery(std::string text) : text_(std::move(text)) {}
  const std::string& text() const override { return text_; }
  model::ValueType type() const override { return model::ValueType::kVector; }
  Result<model::QueryResult> Instant(Timestamp, std::stop_token) const override {
    return model::QueryResult{};
  }
  Result<model::QueryResult> Range(Timestamp, Timestamp, Duration, std::stop_token) const override {
    return model::QueryResult{};
  }

 private:
  std::string text_;
};

rules::RuleSpec MakeSpec(rules::RuleKind kind, std::string name, std::string expression) {
  rules::RuleSpec spec;
  spec.kind = kind;
  spec.name = std::move(name);
  spec.query = std::make_shared<NamedQuery>(std::move(expression));
  return spec;
}

/// One group of an alerting rule with one firing alert and a recording rule that fails.
std::shared_ptr<const rules::GroupSnapshot> MakeGroup() {
  auto spec = std::make_shared<rules::GroupSpec>();
  spec->name = "g";
  spec->file = "r.yml";
  spec->interval = Duration(1'500);
  rules::RuleSpec alerting = MakeSpec(rules::RuleKind::kAlerting, "A", "up > 0");
  alerting.hold_for = Duration(2'000);
  alerting.labels = model::Labels({{"severity", "page"}});
  alerting.annotations = model::Labels({{"summary", "x {{ $value }}"}});
  spec->rules = {alerting, MakeSpec(rules::RuleKind::kRecording, "a:b", "sum(up)")};

  rules::ActiveAlert alert;
  alert.state = rules::AlertState::kFiring;
  alert.labels = model::Labels({{"alertname", "A"}, {"severity", "page"}});
  alert.annotations = model::Labels({{"summary", "x 1"}});
  alert.value = 1;
  alert.active_at = Timestamp::FromMillis(1'700'000'000'250);

  auto group = std::make_shared<rules::GroupSnapshot>();
  group->spec = spec;
  group->evaluation_time = Duration(2);
  group->last_evaluation = Timestamp::FromMillis(1'700'000'001'000);
  rules::RuleSnapshot first;
  first.spec = &spec->rules[0];
  first.health = rules::Health::kGood;
  first.last_evaluation = group->last_evaluation;
  first.alerts = {alert};
  rules::RuleSnapshot second;
  second.spec = &spec->rules[1];
  second.health = rules::Health::kBad;
  second.last_error = Error(ErrorCode::kInvalidArgument, "went wrong");
  group->rules = {first, second};
  return group;
}

class RulesApi : public ::testing::Test {
 protected:
  RulesApi() {
    AddRulesApi(router_, [] { return std::vector{MakeGroup()}; });
  }

  http::Response Get(const std::string& path, const std::string& query = "") {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.query = http::Parameters::Parse(query);
    struct Catch final : http::Responder::Impl {
      http::Response response;
      void Send(http::Response r) override { response = std::move(r); }
    };
    auto caught = std::make_shared<Catch>();
    router_.Dispatch(std::move(request), http::Responder(caught));
    return caught->response;
  }
  std::vector<std::string> RuleNames(const std::string& query) {
    std::vector<std::string> names;
    const Json answer = Json::parse(Get("/api/v1/rules", query).body);
    for (const Json& group : answer["data"]["groups"]) {
      for (const Json& rule : group["rules"]) names.push_back(rule["name"]);
    }
    return names;
  }

  http::Router router_;
};

// The shape is that of a Prometheus 3.5.3's answer for the same rules.
TEST_F(RulesApi, ShowsGroupsAsPrometheusDoes) {
  EXPECT_EQ(
      Get("/api/v1/rules").body,
      R"({"status":"success","data":{"groups":[{"name":"g","file":"r.yml","rules":[{"state":"firing","name":"A",)"
      R"("query":"up > 0","duration":2.0,"keepFiringFor":0.0,"labels":{"severity":"page"},)"
      R"("annotations":{"summary":"x {{ $value }}"},"alerts":[{"labels":{"alertname":"A","severity":"page"},)"
      R"("annotations":{"summary":"x 1"},"state":"firing","activeAt":"2023-11-14T22:13:20.250Z","value":"1e+00"}],)"
      R"("health":"ok","evaluationTime":0.0,"lastEvaluation":"2023-11-14T22:13:21Z","type":"alerting"},)"
      R"j({"name":"a:b","query":"sum(up)","health":"err","lastError":"went wrong","evaluationTime":0.0,)j"
      R"("lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],"interval":1.5,"limit":0,)"
      R"("evaluationTime":0.002,"lastEvaluation":"2023-11-14T22:13:21Z"}]}})");
}

TEST_F(RulesApi, FiltersByTypeNameGroupAndFile) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  EXPECT_THAT(RuleNames(""), ElementsAre("A", "a:b"));
  EXPECT_THAT(RuleNames("type=alert"), ElementsAre("A"));
  EXPECT_THAT(RuleNames("type=record"), ElementsAre("a:b"));
  EXPECT_THAT(RuleNames("rule_name[]=a:b&rule_name[]=other"), ElementsAre("a:b"));
  EXPECT_THAT(RuleNames("rule_group[]=other"), IsEmpty());
  EXPECT_THAT(RuleNames("file[]=r.yml"), ElementsAre("A", "a:b"));
  EXPECT_EQ(Json::parse(
                Get("/api/v1/rules", "exclude_alerts=true").body)["data"]["groups"][0]["rules"][0]["alerts"],
            Json::array());
}

TEST_F(RulesApi, RefusesWhatItCannotHonour) {
  EXPECT_EQ(Get("/api/v1/rules", "type=x").status, 400);
  EXPECT_THAT(Get("/api/v1/rules", "match[]=up").body, HasSubstr("not supported"));
}

TEST_F(RulesApi, ListsAlertsOfAllGroups) {
  Json alerts = Json::parse(Get("/api/v1/alerts").body)["data"]["alerts"];
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0]["state"], "firing");
  EXPECT_EQ(alerts[0]["value"], "1e+00");
}

}  // namespace
}  // namespace tocsin::web
