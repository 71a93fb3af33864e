#include "alerting/collect/scrape/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "tests/alerting/collect/fake_client.h"
#include "tests/alerting/collect/fake_resolver.h"
#include "tests/alerting/collect/fake_store.h"

namespace tocsin::collect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ScrapeLoopTest : public testing::Test {
 protected:
  ScrapeLoopTest() {
    options_.job_name = "j";
    options_.scrape_interval = Duration(500);
    options_.scrape_timeout = Duration(400);
    client_.respond = [](const auto&) { return FakeClient::Text("a 1\n"); };
  }

  std::shared_ptr<ScrapeLoop> Start() {
    auto plan = std::make_shared<const JobPlan>(JobPlan{options_, {}, {}});
    Target target = MakeTarget({{"__address__", "h:1"}}, {}, options_, {}).value().value_or(Target{});
    const ScraperParts parts{executor_, client_, resolver_, store_, nullptr};
    auto loop = std::make_shared<ScrapeLoop>(std::move(target), plan, parts, Logger());
    loop->Start();
    const Schedule schedule(options_.scrape_interval, loop->target().Hash());
    executor_.Run();
    first_slot_ = schedule.SlotAt(executor_.clock().Now()) + options_.scrape_interval;
    return loop;
  }
  /// Goes to the moment of the first scrape.
  void GoToFirst() { executor_.Advance(first_slot_ - executor_.clock().Now()); }
  std::string At(int64_t after_first) const { return std::to_string(first_slot_.millis() + after_first); }
  std::string Up() const { return store_.Last(R"(up{instance="h:1", job="j"})"); }

  async::FakeExecutor executor_;
  FakeClient client_;
  FakeResolver resolver_;
  FakeStore store_;
  JobOptions options_;
  Timestamp first_slot_;
};

TEST_F(ScrapeLoopTest, StampsSamplesWithTheirSlot) {
  client_.respond = nullptr;
  auto loop = Start();
  GoToFirst();
  executor_.Advance(Duration(123));
  client_.AnswerAll(FakeClient::Text("a 1\n"));
  executor_.Run();
  EXPECT_THAT(store_.Take(), ElementsAre("a{instance=\"h:1\", job=\"j\"} 1 @" + At(0)));
  EXPECT_EQ(loop->status().health, Health::kUp);
  EXPECT_EQ(loop->status().last_scrape, first_slot_);
  EXPECT_EQ(loop->status().last_duration, Duration(123));
}

TEST_F(ScrapeLoopTest, ScrapesAtEachInterval) {
  auto loop = Start();
  GoToFirst();
  executor_.Advance(Duration(1000));
  EXPECT_EQ(client_.sent, 3);
  EXPECT_THAT(store_.Take(), SizeIs(3));
}

TEST_F(ScrapeLoopTest, AForcedFailureAsksNobody) {
  auto loop = Start();
  loop->ForceFailure("target_limit exceeded");
  GoToFirst();
  EXPECT_EQ(client_.sent, 0);
  EXPECT_EQ(Up(), "0");
  EXPECT_EQ(loop->status().last_error, "target_limit exceeded");
  loop->ForceFailure("");
  executor_.Advance(Duration(500));
  EXPECT_EQ(Up(), "1");
}

TEST_F(ScrapeLoopTest, ReportsOnTheScrape) {
  client_.respond = [](const auto&) { return FakeClient::Text("a 1\nb 2\n"); };
  auto loop = Start();
  GoToFirst();
  const std::string labels = R"({instance="h:1", job="j"})";
  EXPECT_EQ(Up(), "1");
  EXPECT_EQ(store_.Last("scrape_samples_scraped" + labels), "2");
  EXPECT_EQ(store_.Last("scrape_samples_post_metric_relabeling" + labels), "2");
  EXPECT_EQ(store_.Last("scrape_series_added" + labels), "2");
  EXPECT_EQ(store_.Last("scrape_duration_seconds" + labels), "0");
}

TEST_F(ScrapeLoopTest, ARefusedScrapeSetsUpToZeroAndIsRetried) {
  auto loop = Start();
  GoToFirst();
  store_.Take();
  client_.respond = [](const auto&) { return Fail(ErrorCode::kUnavailable, "connection refused"); };
  executor_.Advance(Duration(500));
  EXPECT_EQ(Up(), "0");
  EXPECT_EQ(loop->status().health, Health::kDown);
  EXPECT_EQ(loop->status().last_error, "connection refused");
  EXPECT_THAT(store_.Take(), ElementsAre("a{instance=\"h:1\", job=\"j\"} stale @" + At(500)));
  client_.respond = [](const auto&) { return FakeClient::Text("a 1\n"); };
  executor_.Advance(Duration(500));
  EXPECT_EQ(Up(), "1");
  EXPECT_EQ(loop->status().last_error, "");
}

TEST_F(ScrapeLoopTest, ABadStatusIsDown) {
  client_.respond = [](const auto&) { return FakeClient::Text("a 1\n", 503); };
  auto loop = Start();
  GoToFirst();
  EXPECT_EQ(Up(), "0");
  EXPECT_EQ(loop->status().last_error, "server returned HTTP status 503 Service Unavailable");
}

TEST_F(ScrapeLoopTest, ABodyThatDoesNotParseStoresNothingOfItself) {
  client_.respond = [](const auto&) { return FakeClient::Text("a 1\nb one\n"); };
  auto loop = Start();
  GoToFirst();
  EXPECT_EQ(Up(), "0");
  EXPECT_EQ(loop->status().last_error, "2:3: \"one\" is no valid value");
  EXPECT_THAT(store_.Take(), IsEmpty());
}

TEST_F(ScrapeLoopTest, WhatIsUnderWayAtTheNextSlotCountsAsTimedOut) {
  options_.scrape_timeout = Duration(500);
  client_.respond = nullptr;
  auto loop = Start();
  GoToFirst();
  executor_.Advance(Duration(500));
  EXPECT_EQ(client_.sent, 2);
  EXPECT_EQ(loop->status().last_error, "the scrape did not end within its interval");
  EXPECT_EQ(loop->status().last_scrape, first_slot_);
  client_.AnswerAll(FakeClient::Text("a 1\n"));  // of the second; the first is not wanted any more
  executor_.Run();
  EXPECT_THAT(store_.Take(), ElementsAre("a{instance=\"h:1\", job=\"j\"} 1 @" + At(500)));
}

TEST_F(ScrapeLoopTest, SendsWhatTheJobSays) {
  options_.limits.body_size = 1000;
  options_.transport.basic_auth = TransportOptions::Basic{{Secret("u"), ""}, {Secret("p"), ""}};
  auto loop = Start();
  GoToFirst();
  EXPECT_EQ(client_.last_request.url, "http://h:1/metrics");
  EXPECT_EQ(client_.last_request.timeout, Duration(400));
  EXPECT_EQ(client_.last_request.max_response_bytes, 1000U);
  EXPECT_EQ(client_.last_request.headers.Get("X-Prometheus-Scrape-Timeout-Seconds"), "0.4");
  EXPECT_TRUE(
      client_.last_request.headers.Get("Accept").starts_with("application/openmetrics-text;version=1.0.0"));
  EXPECT_EQ(client_.last_request.basic_auth.value_or(http::BasicAuth{}).password, "p");
}

TEST_F(ScrapeLoopTest, AMissingCredentialFileIsDown) {
  options_.transport.authorization =
      TransportOptions::Authorization{"Bearer", {Secret(), "/nonexistent/token"}};
  auto loop = Start();
  GoToFirst();
  EXPECT_EQ(client_.sent, 0);
  EXPECT_EQ(Up(), "0");
}

TEST_F(ScrapeLoopTest, ATargetThatGoesEndsItsSeries) {
  auto loop = Start();
  GoToFirst();
  store_.Take();
  loop->StopStale();
  executor_.Advance(Duration(2000));
  EXPECT_EQ(client_.sent, 1);
  EXPECT_EQ(Up(), "stale");
  EXPECT_EQ(store_.Last(R"(a{instance="h:1", job="j"})"), "stale");
}

TEST_F(ScrapeLoopTest, StoppingLeavesNoTrace) {
  auto loop = Start();
  GoToFirst();
  store_.Take();
  loop->Stop();
  executor_.Advance(Duration(2000));
  EXPECT_THAT(store_.Take(), IsEmpty());
  EXPECT_EQ(Up(), "1");
  EXPECT_EQ(executor_.pending_timers(), 0U);
}

TEST_F(ScrapeLoopTest, ASuccessorGoesOnWithTheSeries) {
  client_.respond = [](const auto&) { return FakeClient::Text("a 1\nb 1\n"); };
  auto old = Start();
  GoToFirst();
  store_.Take();
  client_.respond = [](const auto&) { return FakeClient::Text("a 1\n"); };
  auto successor = Start();
  old->HandOver(successor);
  executor_.Advance(Duration(500));
  EXPECT_THAT(store_.Take(), ElementsAre("a{instance=\"h:1\", job=\"j\"} 1 @" + At(0),
                                         "b{instance=\"h:1\", job=\"j\"} stale @" + At(0)));
  EXPECT_EQ(Up(), "1");
}

}  // namespace
}  // namespace tocsin::collect
