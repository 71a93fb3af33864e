#include "alerting/collect/scrape/scraper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "tests/alerting/collect/fake_client.h"
#include "tests/alerting/collect/fake_resolver.h"
#include "tests/alerting/collect/fake_store.h"

namespace tocsin::collect {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

JobOptions Job(std::string name, const std::vector<std::string>& addresses) {
  JobOptions job;
  job.job_name = std::move(name);
  job.scrape_interval = Duration(1000);
  job.scrape_timeout = Duration(500);
  TargetGroup group{.source = "static", .targets = {}, .labels = {}};
  for (const std::string& address : addresses) group.targets.push_back({{"__address__", address}});
  job.static_groups.push_back(std::move(group));
  return job;
}

class ScraperTest : public testing::Test {
 protected:
  ScraperTest() {
    client_.respond = [](const auto&) { return FakeClient::Text("a 1\n"); };
  }
  void Apply(std::vector<JobOptions> jobs) {
    ASSERT_TRUE(scraper_.Apply({std::move(jobs)}).has_value());
    executor_.Run();
  }
  std::string Up(const std::string& job, const std::string& instance) const {
    return store_.Last("up{instance=\"" + instance + "\", job=\"" + job + "\"}");
  }

  async::FakeExecutor executor_;
  FakeClient client_;
  FakeStore store_;
  FakeResolver resolver_;
  Scraper scraper_{{executor_, client_, resolver_, store_, nullptr}, Logger()};
};

TEST_F(ScraperTest, ScrapesEveryTargetOnceAnInterval) {
  Apply({Job("x", {"a:1", "b:1", "a:1"}), Job("y", {"c:1"})});
  executor_.Advance(Duration(1000));
  EXPECT_EQ(client_.sent, 3);
  EXPECT_EQ(Up("x", "a:1"), "1");
  EXPECT_EQ(Up("y", "c:1"), "1");
}

TEST_F(ScraperTest, ShowsItsTargets) {
  JobOptions job = Job("x", {"a:1", "b:1"});
  job.relabel_rules = {{.source_labels = {"__address__"}, .regex = "b.*", .action = RelabelAction::kDrop}};
  Apply({job, Job("empty", {})});
  executor_.Advance(Duration(1000));
  const std::vector<JobSnapshot> jobs = scraper_.Snapshot();
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(jobs[0].job_name, "x");
  ASSERT_THAT(jobs[0].active, SizeIs(1));
  EXPECT_EQ(jobs[0].active[0].target.url, "http://a:1/metrics");
  EXPECT_EQ(jobs[0].active[0].status.health, Health::kUp);
  EXPECT_THAT(jobs[0].dropped, SizeIs(1));
  EXPECT_THAT(jobs[1].active, IsEmpty());
}

TEST_F(ScraperTest, AnUnchangedJobGoesOnUndisturbed) {
  Apply({Job("x", {"a:1"})});
  executor_.Advance(Duration(1000));
  store_.Take();
  Apply({Job("x", {"a:1"}), Job("y", {"b:1"})});
  executor_.Advance(Duration(1000));
  for (const std::string& line : store_.Take()) EXPECT_THAT(line, testing::Not(testing::HasSubstr("stale")));
}

TEST_F(ScraperTest, AJobThatGoesEndsItsSeries) {
  Apply({Job("x", {"a:1"}), Job("y", {"b:1"})});
  executor_.Advance(Duration(1000));
  Apply({Job("y", {"b:1"})});
  EXPECT_EQ(Up("x", "a:1"), "stale");
  EXPECT_EQ(Up("y", "b:1"), "1");
  const int sent = client_.sent;
  executor_.Advance(Duration(1000));
  EXPECT_EQ(client_.sent, sent + 1);
}

TEST_F(ScraperTest, AChangedJobKeepsTheSeriesOfTargetsThatStay) {
  Apply({Job("x", {"a:1", "b:1"})});
  executor_.Advance(Duration(1000));
  JobOptions changed = Job("x", {"a:1"});
  changed.metrics_path = "/other";
  Apply({changed});
  EXPECT_EQ(Up("x", "a:1"), "1");
  EXPECT_EQ(Up("x", "b:1"), "stale");
  store_.Take();
  client_.respond = [](const auto&) { return FakeClient::Text("b 1\n"); };
  executor_.Advance(Duration(1000));
  EXPECT_EQ(client_.last_request.url, "http://a:1/other");
  EXPECT_EQ(store_.Last(R"(a{instance="a:1", job="x"})"), "stale");
  EXPECT_EQ(store_.Last(R"(b{instance="a:1", job="x"})"), "1");
}

TEST_F(ScraperTest, ABadRelabellingChangesNothing) {
  Apply({Job("x", {"a:1"})});
  JobOptions bad = Job("y", {"b:1"});
  bad.relabel_rules = {{.regex = "(", .action = RelabelAction::kKeep}};
  const Status status = scraper_.Apply({{bad}});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message(), "y: invalid regular expression: missing ): ^(?s:()$");
  executor_.Advance(Duration(1000));
  EXPECT_EQ(Up("x", "a:1"), "1");
}

TEST_F(ScraperTest, MoreTargetsThanTheLimitFailThemAll) {
  JobOptions job = Job("x", {"a:1", "b:1"});
  job.target_limit = 1;
  Apply({job});
  executor_.Advance(Duration(1000));
  EXPECT_EQ(client_.sent, 0);
  EXPECT_EQ(scraper_.Snapshot()[0].active[0].status.last_error,
            "target_limit exceeded (number of targets: 2, limit: 1)");
}

TEST_F(ScraperTest, KeepsAsManyDroppedTargetsAsItIsTold) {
  JobOptions job = Job("x", {"a:1", "b:1", "c:1"});
  job.relabel_rules = {{.regex = "x", .action = RelabelAction::kKeep}};
  job.keep_dropped_targets = 2;
  Apply({job});
  EXPECT_THAT(scraper_.Snapshot()[0].dropped, SizeIs(2));
  EXPECT_EQ(scraper_.Snapshot()[0].dropped_count, 3U);
  EXPECT_EQ(scraper_.Snapshot()[0].dropped[0].Get("__scheme__"), "http");
}

/// Answers the discovery's URL with `json`, and every other with a page.
auto DiscoveryAnswer(std::string json) {
  return [json = std::move(json)](const http::ClientRequest& request) -> Result<http::ClientResponse> {
    if (request.url != "http://sd/") return FakeClient::Text("a 1\n");
    http::ClientResponse response;
    response.status = 200;
    response.headers.Add("Content-Type", "application/json");
    response.body = json;
    return response;
  };
}

TEST_F(ScraperTest, TakesUpDiscoveredTargetsAndKeepsThemOverAReload) {
  JobOptions job = Job("x", {});
  job.http_discovery.push_back({.url = "http://sd/", .refresh_interval = Duration(5000), .transport = {}});
  client_.respond = DiscoveryAnswer(R"([{"targets":["a:1"],"labels":{"zone":"z"}}])");
  Apply({job});
  executor_.Advance(Duration(1000));
  EXPECT_EQ(store_.Last(R"(up{instance="a:1", job="x", zone="z"})"), "1");
  client_.respond = [](const auto&) { return FakeClient::Text("a 1\n"); };  // the discovery fails from now on
  job.honor_labels = true;
  Apply({job});
  executor_.Advance(Duration(1000));
  EXPECT_THAT(scraper_.Snapshot()[0].active, SizeIs(1));
  EXPECT_EQ(store_.Last(R"(up{instance="a:1", job="x", zone="z"})"), "1");
  client_.respond = DiscoveryAnswer("[]");
  executor_.Advance(Duration(5000));
  EXPECT_THAT(scraper_.Snapshot()[0].active, IsEmpty());
  EXPECT_EQ(store_.Last(R"(up{instance="a:1", job="x", zone="z"})"), "stale");
}

TEST_F(ScraperTest, StoppingEndsTheLoops) {
  Apply({Job("x", {"a:1"})});
  scraper_.Stop();
  executor_.Advance(Duration(5000));
  EXPECT_EQ(client_.sent, 0);
  EXPECT_THAT(scraper_.Snapshot(), SizeIs(1));
}

}  // namespace
}  // namespace tocsin::collect
