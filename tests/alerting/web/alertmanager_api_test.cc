#include "alerting/web/alertmanager_api.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/async/fake_executor.h"

namespace tocsin::web {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

class NoHttp final : public http::Client {
 public:
  std::unique_ptr<Handle> Send(http::ClientRequest, http::Done done) override {
    done(http::ClientResponse{200, {}, "", Duration(1)});
    return std::make_unique<Handle>();
  }
};

class NoSmtp final : public smtp::Client {
 public:
  std::unique_ptr<Handle> Send(smtp::Mail, smtp::Done done) override {
    done({});
    return std::make_unique<Handle>();
  }
};

class Captured final : public http::Responder::Impl {
 public:
  explicit Captured(http::Response& to) : to_(to) {}
  void Send(http::Response response) override { to_ = std::move(response); }

 private:
  http::Response& to_;
};

class AlertmanagerApiTest : public ::testing::Test {
 protected:
  AlertmanagerApiTest() {
    notify::Options options;
    options.route.receiver = "team";
    options.route.group_by = {"alertname"};
    notify::RouteOptions web;
    web.receiver = "web";
    web.matchers = {model::Matcher::Equal("team", "web")};
    options.route.routes.push_back(std::move(web));
    options.receivers.resize(2);
    options.receivers[0].name = "team";
    options.receivers[1].name = "web";
    options.inhibit_rules.push_back({{model::Matcher::Equal("severity", "critical")},
                                     {model::Matcher::Equal("severity", "warning")},
                                     {}});
    EXPECT_TRUE(notifier_.Apply(options).has_value());
    AddAlertmanagerApi(router_, {.notifier = notifier_,
                                 .silences = silences_,
                                 .clock = executor_.clock(),
                                 .guard = Guard({"127.0.0.1:9093"}, ""),
                                 .config = [] { return std::string("route: {}\n"); },
                                 .version = "1",
                                 .started = executor_.clock().Now(),
                                 .when_safe = {}});
  }

  http::Response Ask(const std::string& method, const std::string& path, const std::string& body = "",
                     const std::string& query = "", const std::string& origin = "") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = http::Parameters::Parse(query);
    request.headers.Add("Host", "127.0.0.1:9093");
    request.headers.Add("Content-Type", "application/json");
    if (!origin.empty()) request.headers.Add("Origin", origin);
    request.body = body;
    http::Response response;
    router_.Dispatch(std::move(request), http::Responder(std::make_shared<Captured>(response)));
    executor_.Run();
    return response;
  }
  Json List(const std::string& path, const std::string& query = "") {
    return Json::parse(Ask("GET", path, "", query).body);
  }

  async::FakeExecutor executor_;
  NoHttp http_;
  NoSmtp smtp_;
  std::shared_ptr<notify::Silences> silences_ = std::make_shared<notify::Silences>(executor_.clock());
  notify::Notifier notifier_{{.executor = executor_,
                              .http = http_,
                              .smtp = smtp_,
                              .log = std::make_shared<notify::NotificationLog>(),
                              .silences = silences_,
                              .keeper = nullptr,
                              .pipeline = {},
                              .logger = Logger(),
                              .random = [] { return 0.5; }}};
  http::Router router_;
};

TEST_F(AlertmanagerApiTest, PostedAlertIsListedWithItsReceiversAndState) {
  EXPECT_EQ(Ask("POST", "/api/v2/alerts",
                R"([{"labels":{"alertname":"A","team":"web","severity":"warning","e":""}}])")
                .status,
            200);
  Json alerts = List("/api/v2/alerts");
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0]["labels"], (Json{{"alertname", "A"}, {"team", "web"}, {"severity", "warning"}}));
  EXPECT_EQ(alerts[0]["receivers"], Json::parse(R"([{"name":"web"}])"));
  EXPECT_EQ(alerts[0]["status"]["state"], "active");
  Ask("POST", "/api/v2/alerts", R"([{"labels":{"alertname":"B","severity":"critical"}}])");
  alerts = List("/api/v2/alerts", "active=false");
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0]["labels"]["alertname"], "A");
  EXPECT_EQ(alerts[0]["status"]["inhibitedBy"].size(), 1U);
  EXPECT_EQ(List("/api/v2/alerts", "inhibited=false").size(), 1U);
  EXPECT_EQ(List("/api/v2/alerts", "receiver=web").size(), 1U);
  EXPECT_EQ(List("/api/v2/alerts", "filter=severity%3D~%22warning%7Ccritical%22").size(), 2U);
  EXPECT_EQ(List("/api/v2/alerts/groups").size(), 2U);
}

TEST_F(AlertmanagerApiTest, ValidAlertsAreTakenInThoughOthersAreRefused) {
  const http::Response answer =
      Ask("POST", "/api/v2/alerts", R"([{"labels":{"alertname":"A"}},{"labels":{}},{"labels":{"":"x"}}])");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "\"at least one label pair required\\ninvalid label set: invalid name \\\"\\\"\"\n");
  EXPECT_EQ(List("/api/v2/alerts").size(), 1U);
  EXPECT_EQ(Ask("POST", "/api/v2/alerts", "[{}]").status, 422);
  EXPECT_EQ(Ask("POST", "/api/v2/alerts", "{").status, 400);
  EXPECT_EQ(Ask("POST", "/api/v2/alerts", "").status, 422);
}

TEST_F(AlertmanagerApiTest, SilenceIsMadeFoundAndEnded) {
  const std::string body = R"({"matchers":[{"name":"alertname","value":"A","isRegex":false}],
      "startsAt":"2020-01-01T00:00:00Z","endsAt":"2100-01-01T00:00:00Z","createdBy":"me","comment":"why"})";
  const http::Response made = Ask("POST", "/api/v2/silences", body);
  ASSERT_EQ(made.status, 200);
  const std::string id = Json::parse(made.body)["silenceID"];
  Ask("POST", "/api/v2/alerts", R"([{"labels":{"alertname":"A"}}])");
  EXPECT_EQ(List("/api/v2/alerts")[0]["status"]["silencedBy"], Json::array({id}));
  EXPECT_EQ(List("/api/v2/silence/" + id)["status"]["state"], "active");
  EXPECT_EQ(Ask("DELETE", "/api/v2/silence/" + id).status, 200);
  EXPECT_EQ(List("/api/v2/silences")[0]["status"]["state"], "expired");
  EXPECT_EQ(Ask("GET", "/api/v2/silence/11111111-1111-1111-1111-111111111111").status, 404);
  EXPECT_EQ(Ask("DELETE", "/api/v2/silence/x").status, 422);
}

TEST_F(AlertmanagerApiTest, PageOfAnotherOriginChangesNothing) {
  EXPECT_EQ(Ask("POST", "/api/v2/alerts", R"([{"labels":{"a":"b"}}])", "", "https://evil.example").status,
            403);
  EXPECT_EQ(List("/api/v2/alerts").size(), 0U);
}

TEST_F(AlertmanagerApiTest, StatusIsOfAClusterOfOne) {
  const Json status = List("/api/v2/status");
  EXPECT_EQ(status["cluster"]["status"], "ready");
  EXPECT_EQ(status["cluster"]["peers"].size(), 1U);
  EXPECT_EQ(status["config"]["original"], "route: {}\n");
  EXPECT_THAT(Ask("GET", "/api/v2/receivers").body, HasSubstr(R"({"labels":{"name":"web"},"name":"web"})"));
}

}  // namespace
}  // namespace tocsin::web
