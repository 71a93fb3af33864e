#include "alerting/alertmanagers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/async/fake_executor.h"
#include "base/dns/resolver.h"

namespace tocsin::app {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::SizeIs;

/// Answers by URL; 200 where nothing is said.
class ManagerServers final : public http::Client {
 public:
  std::unique_ptr<Handle> Send(http::ClientRequest request, http::Done done) override {
    http::ClientResponse response;
    const auto status = statuses.find(request.url);
    response.status = status == statuses.end() ? 200 : status->second;
    requests.push_back(std::move(request));
    done(std::move(response));
    return std::make_unique<Handle>();
  }
  std::map<std::string, int> statuses;
  std::vector<http::ClientRequest> requests;
};

/// Says what it was told, when it is let to.
class ManagerNames final : public dns::Resolver {
 public:
  void Resolve(std::string, dns::RecordType, dns::Done done) override { waiting.push_back(std::move(done)); }
  void Answer(const std::vector<dns::Record>& records) {
    for (const dns::Done& done : std::exchange(waiting, {})) done(records);
  }
  std::vector<dns::Done> waiting;
};

class AlertmanagersTest : public ::testing::Test {
 protected:
  AlertmanagersTest() {
    config::AlertmanagerSet set;
    set.path_prefix = "/am/";
    set.job.static_groups = {{"static", {{{"__address__", "a:9093"}}, {{"__address__", "b:9093"}}}, {}}};
    options_.sets.push_back(set);
  }
  void Apply() {
    EXPECT_TRUE(managers_.Apply(options_));
    executor_.Run();
  }
  void Send(size_t count, size_t first = 0) {
    std::vector<model::AlertPtr> alerts;
    for (size_t i = first; i < first + count; ++i) {
      model::Alert alert;
      alert.labels = model::Labels{{"alertname", "A"}, {"n", std::to_string(i)}, {"replica", "x"}};
      alert.annotations = model::Labels{{"summary", "s"}};
      alert.starts_at = Timestamp::FromMillis(1000);
      alert.ends_at = Timestamp::FromMillis(2500);
      alert.generator_url = "http://g";
      alerts.push_back(std::make_shared<const model::Alert>(std::move(alert)));
    }
    managers_.Receive(alerts);
    executor_.Run();
  }
  std::vector<size_t> Sizes() const {
    std::vector<size_t> sizes;
    sizes.reserve(servers_.requests.size());
    for (const auto& request : servers_.requests) sizes.push_back(json::parse(request.body).size());
    return sizes;
  }

  async::FakeExecutor executor_;
  ManagerServers servers_;
  ManagerNames names_;
  config::AlertingOptions options_;
  Alertmanagers managers_{executor_, servers_, names_, Logger(), {.queue = 600}};
};

TEST_F(AlertmanagersTest, SendsToAllOfThemByApiTwo) {
  Apply();
  EXPECT_THAT(managers_.stats().managers, SizeIs(2));
  Send(1);
  ASSERT_THAT(servers_.requests, SizeIs(2));
  EXPECT_EQ(servers_.requests[0].url, "http://a:9093/am/api/v2/alerts");
  EXPECT_EQ(servers_.requests[1].url, "http://b:9093/am/api/v2/alerts");
  EXPECT_EQ(json::parse(servers_.requests[0].body),
            json::parse(R"([{"labels":{"alertname":"A","n":"0","replica":"x"},"annotations":{"summary":"s"},)"
                        R"("startsAt":"1970-01-01T00:00:01Z","endsAt":"1970-01-01T00:00:02.500Z",)"
                        R"("generatorURL":"http://g"}])"));
  EXPECT_EQ(managers_.stats().taken, 2U);
}

TEST_F(AlertmanagersTest, SendsBatchesOneAfterTheOther) {
  options_.sets[0].job.static_groups = {{"static", {{{"__address__", "a:9093"}}}, {}}};
  Apply();
  Send(550);
  EXPECT_THAT(Sizes(), ElementsAre(256, 256, 38));
}

TEST_F(AlertmanagersTest, ABatchThatOneTookIsNotSentAgain) {
  servers_.statuses["http://a:9093/am/api/v2/alerts"] = 500;
  Apply();
  Send(3);
  executor_.Advance(Duration(60'000));
  EXPECT_THAT(servers_.requests, SizeIs(2));
  EXPECT_EQ(managers_.stats().errors, 3U);
  EXPECT_EQ(managers_.stats().taken, 3U);
  const auto managers = managers_.stats().managers;
  ASSERT_THAT(managers, SizeIs(2));
  EXPECT_EQ(managers[0].url, "http://a:9093/am/api/v2/alerts");
  EXPECT_EQ(managers[0].sent, 3U) << "what failed is counted too, as in Prometheus";
  EXPECT_EQ(managers[0].errors, 3U);
  EXPECT_EQ(managers[1].sent, 3U);
  EXPECT_EQ(managers[1].errors, 0U);
  EXPECT_EQ(managers[1].latency.count, 1U);
  EXPECT_EQ(managers_.stats().dropped, 0U);
}

TEST_F(AlertmanagersTest, ABatchThatNobodyTookIsRepeatedAndThenDropped) {
  servers_.statuses = {{"http://a:9093/am/api/v2/alerts", 500}, {"http://b:9093/am/api/v2/alerts", 503}};
  Apply();
  Send(2);
  EXPECT_THAT(servers_.requests, SizeIs(2));
  executor_.Advance(Duration(1'000));
  EXPECT_THAT(servers_.requests, SizeIs(4));
  executor_.Advance(Duration(60'000));
  EXPECT_THAT(servers_.requests, SizeIs(8));
  EXPECT_EQ(managers_.stats().dropped, 2U);
  servers_.statuses.clear();
  Send(1);
  EXPECT_EQ(managers_.stats().taken, 2U);
}

TEST_F(AlertmanagersTest, AFullQueueLosesItsOldest) {
  options_.sets[0].job.static_groups = {{"static", {{{"__address__", "a:9093"}}}, {}}};
  servers_.statuses["http://a:9093/am/api/v2/alerts"] = 500;
  Apply();
  Send(1);
  Send(700, 1);
  EXPECT_EQ(managers_.stats().queued, 600U);
  EXPECT_EQ(managers_.stats().dropped, 100U);
  servers_.statuses.clear();
  servers_.requests.clear();
  executor_.Advance(Duration(1'000));
  ASSERT_THAT(Sizes(), ElementsAre(1, 256, 256, 88));
  EXPECT_EQ(json::parse(servers_.requests[1].body)[0]["labels"]["n"], "101");
}

TEST_F(AlertmanagersTest, RelabelsAlertsForAllAndForEach) {
  options_.alert_relabel_rules = {{.regex = "replica", .action = collect::RelabelAction::kLabelDrop}};
  options_.sets[0].alert_relabel_rules = {
      {.source_labels = {"n"}, .regex = "1", .action = collect::RelabelAction::kDrop}};
  options_.sets[0].job.relabel_rules = {
      {.source_labels = {"__address__"}, .regex = "a:.*", .action = collect::RelabelAction::kDrop}};
  Apply();
  Send(2);
  EXPECT_THAT(managers_.stats().unwanted, ElementsAre("http://a:9093/am/api/v2/alerts"));
  ASSERT_THAT(servers_.requests, SizeIs(1));
  EXPECT_EQ(servers_.requests[0].url, "http://b:9093/am/api/v2/alerts");
  EXPECT_EQ(json::parse(servers_.requests[0].body)[0]["labels"], json::parse(R"({"alertname":"A","n":"0"})"));
}

TEST_F(AlertmanagersTest, AsksTheDnsAndKeepsWhatItFoundThroughAReload) {
  options_.sets[0].job.static_groups.clear();
  options_.sets[0].job.dns_discovery.push_back({.names = {"_am._tcp.example"}});
  Apply();
  EXPECT_THAT(managers_.stats().managers, SizeIs(0));
  names_.Answer({{"x.example", 9093}, {"y.example", 9094}});
  executor_.Run();
  EXPECT_THAT(managers_.stats().managers, SizeIs(2));
  Send(1);
  ASSERT_THAT(servers_.requests, SizeIs(2));
  EXPECT_EQ(servers_.requests[1].url, "http://y.example:9094/am/api/v2/alerts");

  options_.alert_relabel_rules = {{.regex = "n", .action = collect::RelabelAction::kLabelDrop}};
  Apply();
  EXPECT_THAT(managers_.stats().managers, SizeIs(2))
      << "the set is the same, and the DNS was not asked again";
  Send(1);
  EXPECT_THAT(servers_.requests, SizeIs(4));
}

TEST_F(AlertmanagersTest, FiguresGoWithTheirAlertmanager) {
  Apply();
  Send(4);
  options_.sets[0].job.static_groups = {
      {"static", {{{"__address__", "b:9093"}}, {{"__address__", "c:9093"}}}, {}}};
  Apply();
  const auto managers = managers_.stats().managers;
  ASSERT_THAT(managers, SizeIs(2));
  EXPECT_EQ(managers[0].sent, 4U);
  EXPECT_EQ(managers[1].url, "http://c:9093/am/api/v2/alerts");
  EXPECT_EQ(managers[1].sent, 0U);
  EXPECT_EQ(managers_.stats().taken, 8U);
}

TEST_F(AlertmanagersTest, WithoutAnyNothingIsQueued) {
  options_.sets.clear();
  Apply();
  Send(5);
  EXPECT_THAT(servers_.requests, SizeIs(0));
  EXPECT_EQ(managers_.stats().queued, 0U);
}

}  // namespace
}  // namespace tocsin::app
