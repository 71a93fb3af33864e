#include "alerting/web/rules_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tocsin::web {
namespace {

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
  alerting.written_labels = {{"job", ""}, {"severity", "page"}};
  alerting.annotations = {{"hint", "{{ if false }}x{{ end }}"}, {"summary", "x {{ $value }}"}};
  spec->rules = {alerting, MakeSpec(rules::RuleKind::kRecording, "a:b", "sum(up)")};

  rules::ActiveAlert alert;
  alert.state = rules::AlertState::kFiring;
  alert.labels = model::Labels({{"alertname", "A"}, {"severity", "page"}});
  alert.annotations = model::Labels({{"summary", "x 1"}});
  alert.value = 1;
  alert.active_at = Timestamp::FromMillis(1'700'000'000'250);

  auto group = std::make_shared<rules::GroupSnapshot>();
  group->spec = spec;
  group->evaluation_time = std::chrono::microseconds(2'250);
  group->last_evaluation = Timestamp::FromMillis(1'700'000'001'000);
  rules::RuleSnapshot first;
  first.spec = &spec->rules[0];
  first.health = rules::Health::kGood;
  first.last_evaluation = group->last_evaluation;
  first.alerts = {alert};
  rules::ActiveAlert ended = alert;
  ended.state = rules::AlertState::kInactive;
  ended.resolved_at = group->last_evaluation;
  ended.end_reason = model::EndReason::kVanished;
  first.resolved = {ended};
  rules::RuleSnapshot second;
  second.spec = &spec->rules[1];
  second.health = rules::Health::kBad;
  second.last_error = Error(ErrorCode::kInvalidArgument, "went wrong");
  group->rules = {first, second};
  return group;
}

/// One more, of the name that comes last in the order of files.
std::shared_ptr<const rules::GroupSnapshot> MakeLastGroup() {
  auto spec = std::make_shared<rules::GroupSpec>();
  spec->name = "b";
  spec->file = "r1.yml";
  spec->rules = {MakeSpec(rules::RuleKind::kRecording, "c", "vector(1)")};
  auto group = std::make_shared<rules::GroupSnapshot>();
  group->spec = spec;
  group->rules.emplace_back().spec = spec->rules.data();
  return group;
}

class RulesApi : public ::testing::Test {
 protected:
  RulesApi() {
    AddRulesApi(router_, [] { return std::vector{MakeLastGroup(), MakeGroup()}; });
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
      Get("/api/v1/rules", "file[]=r.yml").body,
      R"({"status":"success","data":{"groups":[{"name":"g","file":"r.yml","rules":[{"state":"firing","name":"A",)"
      R"("query":"up > 0","duration":2.0,"keepFiringFor":0.0,"labels":{"job":"","severity":"page"},)"
      R"("annotations":{"hint":"{{ if false }}x{{ end }}","summary":"x {{ $value }}"},"alerts":[{"labels":{"alertname":"A","severity":"page"},)"
      R"("annotations":{"hint":"","summary":"x 1"},"state":"firing","activeAt":"2023-11-14T22:13:20.250Z","value":"1e+00"}],)"
      R"("health":"ok","evaluationTime":0.0,"lastEvaluation":"2023-11-14T22:13:21Z","type":"alerting"},)"
      R"j({"name":"a:b","query":"sum(up)","health":"err","lastError":"went wrong","evaluationTime":0.0,)j"
      R"("lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],"interval":1.5,"limit":0,)"
      R"("evaluationTime":0.00225,"lastEvaluation":"2023-11-14T22:13:21Z"}]}})");
}

TEST_F(RulesApi, FiltersByTypeNameGroupAndFile) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  EXPECT_THAT(RuleNames(""), ElementsAre("A", "a:b", "c"));
  EXPECT_THAT(RuleNames("type=alert"), ElementsAre("A"));
  EXPECT_THAT(RuleNames("type=record"), ElementsAre("a:b", "c"));
  EXPECT_THAT(RuleNames("rule_name[]=a:b&rule_name[]=other"), ElementsAre("a:b"));
  EXPECT_THAT(RuleNames("rule_group[]=other"), IsEmpty());
  EXPECT_THAT(RuleNames("file[]=r.yml"), ElementsAre("A", "a:b"));
  EXPECT_THAT(RuleNames("type=RECORD"), ElementsAre("a:b", "c"));
  EXPECT_THAT(RuleNames("match[]={severity=\"page\"}"), ElementsAre("A"));
  EXPECT_THAT(RuleNames("match[]={severity=\"x\"}&match[]={severity=~\"p.*\"}"), ElementsAre("A"));
  EXPECT_EQ(Json::parse(
                Get("/api/v1/rules", "exclude_alerts=true").body)["data"]["groups"][0]["rules"][0]["alerts"],
            Json());
}

TEST_F(RulesApi, RefusesWhatItCannotHonourInPrometheusWords) {
  const auto refused = [&](const std::string& query, const std::string& error) {
    EXPECT_EQ(Get("/api/v1/rules", query).status, 400) << query;
    EXPECT_EQ(Json::parse(Get("/api/v1/rules", query).body)["error"], error) << query;
  };
  refused("type=x", "invalid parameter \"type\": not supported value \"x\"");
  refused("match[]={a=\"\"}", "match[] must contain at least one non-empty matcher");
  refused("group_limit=0", "invalid parameter \"group_limit\": group_limit needs to be greater than 0");
  refused(
      "group_limit=x",
      "invalid parameter \"group_limit\": group_limit needs to be a valid number: strconv.ParseInt: parsing "
      "\"x\": invalid syntax");
  refused(
      "group_limit=2147483648",
      "invalid parameter \"group_limit\": group_limit needs to be a valid number: strconv.ParseInt: parsing "
      "\"2147483648\": value out of range");
  refused(
      "group_next_token=t",
      "invalid parameter \"group_next_token\": group_limit needs to be present in order to paginate over the "
      "groups");
  refused("group_limit=1&group_next_token=t",
          "invalid parameter \"group_next_token\": invalid group_next_token 't'. were rule groups changed?");
  refused("exclude_alerts=maybe",
          "invalid parameter \"exclude_alerts\": error converting exclude_alerts: strconv.ParseBool: parsing "
          "\"maybe\": invalid syntax");
}

TEST_F(RulesApi, APageEndsWithTheTokenOfTheNextGroup) {
  const Json first = Json::parse(Get("/api/v1/rules", "group_limit=1").body)["data"];
  ASSERT_EQ(first["groups"].size(), 1U);
  EXPECT_EQ(first["groups"][0]["name"], "g");
  // What a Prometheus 3.5.3 gives for a group b of a file r1.yml.
  EXPECT_EQ(first["groupNextToken"], "2ef1675b6030d590a9a2b02bc227a5fa910ee5ea");
  const Json second = Json::parse(
      Get("/api/v1/rules", "group_limit=1&group_next_token=2ef1675b6030d590a9a2b02bc227a5fa910ee5ea")
          .body)["data"];
  EXPECT_EQ(second["groups"][0]["name"], "b");
  EXPECT_FALSE(second.contains("groupNextToken"));
}

TEST_F(RulesApi, EndedAlertsAreShownWhenAskedFor) {
  EXPECT_EQ(Json::parse(Get("/api/v1/alerts").body)["data"]["alerts"].size(), 1U);
  const Json alerts = Json::parse(Get("/api/v1/alerts", "resolved=true").body)["data"]["alerts"];
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(alerts[1]["state"], "inactive");
  EXPECT_EQ(alerts[1]["endReason"], "vanished");
  EXPECT_EQ(alerts[1]["resolvedAt"], "2023-11-14T22:13:21Z");
  EXPECT_EQ(Json::parse(Get("/api/v1/rules", "resolved=true").body)["data"]["groups"][0]["rules"][0]["alerts"]
                .size(),
            2U);
}

TEST_F(RulesApi, ListsAlertsOfAllGroups) {
  Json alerts = Json::parse(Get("/api/v1/alerts").body)["data"]["alerts"];
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0]["state"], "firing");
  EXPECT_EQ(alerts[0]["value"], "1e+00");
}

}  // namespace
}  // namespace tocsin::web
