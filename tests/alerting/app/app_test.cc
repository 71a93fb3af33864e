#include "alerting/app.h"

#include <condition_variable>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/alerting/app/folder.h"

namespace tocsin::app {
namespace {

using ::testing::HasSubstr;

/// A running engine on a port of its own, asked over HTTP.
class AppTest : public ::testing::Test {
 public:
  ~AppTest() override {
    if (app_) app_->Stop();
    client_.reset();
    pool_.Stop();
  }

 protected:
  Errors Start() {
    options_.listen = {"127.0.0.1:0"};
    auto started = App::Start(options_, pool_, Logger());
    if (!started) return started.error();
    app_ = std::move(*started);
    return {};
  }
  http::ClientResponse Send(std::string method, const std::string& path, http::Headers headers = {}) {
    auto response = client_->SendAndWait({.method = std::move(method),
                                          .url = "http://" + app_->addresses().front() + path,
                                          .headers = std::move(headers)});
    EXPECT_TRUE(response) << response.error().ToString();
    return response ? *response : http::ClientResponse{};
  }
  http::ClientResponse Get(const std::string& path) { return Send("GET", path); }
  /// Asks until the answer holds `text`; the test's own time limit ends a wait in vain.
  void WaitFor(const std::string& path, const std::string& text) {
    while (Get(path).body.find(text) == std::string::npos) std::this_thread::yield();
  }

  Folder folder_;
  async::Pool pool_{4};
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient(pool_, "test");
  ServeOptions options_;
  std::unique_ptr<App> app_;
};

TEST_F(AppTest, AnswersHealthMetricsAndQueriesWithoutAnyConfiguration) {
  ASSERT_TRUE(Start().empty());
  EXPECT_EQ(Get("/-/healthy").status, 200);
  EXPECT_EQ(Get("/-/ready").status, 200);
  const std::string metrics = Get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("tocsin_config_last_reload_successful 1"));
  EXPECT_THAT(metrics, HasSubstr("tocsin_rule_group_duration_seconds{quantile=\"0.01\"} NaN\n"));
  EXPECT_THAT(metrics, HasSubstr("tocsin_notifications_queue_capacity 10000\n"));
  EXPECT_THAT(Get("/api/v1/query?query=1%2B1").body, HasSubstr("\"2\""));
  EXPECT_EQ(Get("/api/v1/rules").body, R"({"status":"success","data":{"groups":[]}})");
  EXPECT_EQ(Get("/none").status, 404);
}

TEST_F(AppTest, LeadsTheLinksOfMessagesToTheirQuery) {
  ASSERT_TRUE(Start().empty());
  http::ClientResponse answer = Get("/graph?g0.expr=up%20%3E%200&g0.tab=1");
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.headers.Get("Location"), "./#/graph?expr=up%20%3E%200&tab=table");
}

TEST_F(AppTest, RefusesToStartWithABrokenFile) {
  options_.files.prometheus = folder_.Write("p.yml", "globl: {}\n");
  EXPECT_THAT(ToString(Start()), HasSubstr("p.yml:1:1: unknown key \"globl\""));
}

TEST_F(AppTest, EvaluatesARuleOverWhatItScrapesOfItself) {
  folder_.Write("r.yml", "groups: [{name: g, interval: 50ms, rules: [{alert: SelfUp, expr: up == 1}]}]");
  options_.files.prometheus = folder_.Write("p.yml", "rule_files: [r.yml]\n");
  ASSERT_TRUE(Start().empty());
  folder_.Write("p.yml",
                "global: {scrape_interval: 50ms, scrape_timeout: 50ms}\nrule_files: [r.yml]\n"
                "scrape_configs: [{job_name: self, static_configs: [{targets: ['" +
                    app_->addresses().front() + "']}]}]\n");
  ASSERT_EQ(Send("POST", "/-/reload").status, 200);
  WaitFor("/api/v1/alerts", "\"state\":\"firing\"");
  EXPECT_THAT(Get("/api/v1/query?query=ALERTS").body, HasSubstr("SelfUp"));
}

TEST_F(AppTest, KeepsTheOldConfigurationWhenTheNewOneIsBroken) {
  folder_.Write("r.yml", "groups: [{name: g, rules: [{alert: A, expr: up}]}]");
  options_.files.rules = {folder_.Path("r.yml")};
  ASSERT_TRUE(Start().empty());
  folder_.Write("r.yml", "groups: [{name: g, rules: [{alert: A, expr: up +}]}]");
  http::ClientResponse refused = Send("POST", "/-/reload");
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("r.yml:1:"));
  EXPECT_THAT(Get("/api/v1/rules").body, HasSubstr("\"query\":\"up\""));
  EXPECT_THAT(Get("/metrics").body, HasSubstr("tocsin_config_last_reload_successful 0"));
}

TEST_F(AppTest, RefusesAReloadThatAnotherPageAskedFor) {
  ASSERT_TRUE(Start().empty());
  EXPECT_EQ(Send("POST", "/-/reload", {{"Origin", "https://evil.example.com"}}).status, 403);
  EXPECT_EQ(Send("POST", "/-/reload", {{"Host", "evil.example.com"}}).status, 403);
}

TEST_F(AppTest, HasNoReloadEndpointWhenToldSo) {
  options_.lifecycle = false;
  ASSERT_TRUE(Start().empty());
  EXPECT_EQ(Send("POST", "/-/reload").status, 404);
}

}  // namespace
}  // namespace tocsin::app
