#include "exporter/traffic/pool_tracker.h"

#include <gtest/gtest.h>

namespace tocsin::traffic {
namespace {

class PoolTrackerTest : public testing::Test {
 protected:
  PoolTrackerTest() {
    tracker_.AddPool(blue_);
    tracker_.AddPool(green_);
  }

  void Answer(NameTable::Id pool, bool is_direct = true, bool succeeded = true) {
    tracker_.Observe({pool, is_direct, succeeded}, {});
  }
  /// A direct answer logged at `logged` that took `took`.
  void TimedAnswer(NameTable::Id pool, const char* logged, const char* took) {
    parse::LogRecord record;
    record.Set(parse::Field::kMsec, logged);
    record.Set(parse::Field::kRequestTime, took);
    tracker_.Observe({pool, true, true}, record);
  }
  void Retried(NameTable::Id pool) { Answer(pool, false); }

  std::string Exposed() {
    std::string out;
    exposition::Writer writer(out, exposition::Format::kText);
    tracker_.Write(writer);
    return out;
  }
  /// "blue>green green>blue" counts.
  std::string Failovers() {
    const std::string text = Exposed();
    const auto count = [&](const std::string& labels) {
      const std::string name = "nginx_pool_failovers_total{" + labels + "} ";
      const size_t at = text.find(name) + name.size();
      return text.substr(at, text.find('\n', at) - at);
    };
    return count("from=\"blue\",to=\"green\"") + " " + count("from=\"green\",to=\"blue\"");
  }

  NameTable names_;
  SeriesBudget budget_{1000};
  PoolTracker tracker_{names_, budget_};
  NameTable::Id blue_ = names_.Add("blue");
  NameTable::Id green_ = names_.Add("green");
};

TEST_F(PoolTrackerTest, KnowsNoActivePoolBeforeTheFirstAnswer) {
  EXPECT_EQ(tracker_.active(), std::nullopt);
  EXPECT_EQ(Failovers(), "0 0") << "the pairs are there at zero";
}

TEST_F(PoolTrackerTest, TheFirstPoolSeenServesWithoutAFailover) {
  Answer(green_);
  EXPECT_EQ(tracker_.active(), green_);
  EXPECT_EQ(Failovers(), "0 0");
}

TEST_F(PoolTrackerTest, ARetriedRequestIsNoFailover) {
  Answer(blue_);
  Retried(green_);
  Answer(blue_);
  Retried(green_);
  Retried(green_);
  Answer(blue_);
  EXPECT_EQ(tracker_.active(), blue_);
  EXPECT_EQ(Failovers(), "0 0");
}

// What nginx does with max_fails=1 fail_timeout=2s while blue fails: the first request finds out, the next
// ones go to green at once, and each two seconds one tries blue again in vain.
TEST_F(PoolTrackerTest, CountsOneFailoverWhileNginxProbesTheFailedPool) {
  for (int i = 0; i < 10; ++i) Answer(blue_);
  Retried(green_);
  EXPECT_EQ(tracker_.active(), blue_);
  for (int probe = 0; probe < 5; ++probe) {
    for (int i = 0; i < 20; ++i) Answer(green_);
    Retried(green_);
  }
  EXPECT_EQ(tracker_.active(), green_);
  EXPECT_EQ(Failovers(), "1 0");
  for (int i = 0; i < 10; ++i) Answer(blue_);  // the probe after the recovery is answered, and then all are
  EXPECT_EQ(tracker_.active(), blue_);
  EXPECT_EQ(Failovers(), "1 1");
}

TEST_F(PoolTrackerTest, TheThirdRetryOnEndConvinces) {
  Answer(blue_);
  Retried(green_);
  Retried(green_);
  EXPECT_EQ(tracker_.active(), blue_);
  Retried(green_);
  EXPECT_EQ(tracker_.active(), green_);
  EXPECT_EQ(Failovers(), "1 0");
}

TEST_F(PoolTrackerTest, AFailedAnswerChangesNothing) {
  Answer(blue_);
  Answer(green_, true, false);
  Answer(green_, false, false);
  EXPECT_EQ(tracker_.active(), blue_);
}

TEST_F(PoolTrackerTest, ASlowAnswerFromBeforeTheChangeDoesNotChangeBack) {
  TimedAnswer(blue_, "1700000000.000", "0.010");
  TimedAnswer(green_, "1700000010.000", "0.010");  // the failover
  TimedAnswer(blue_, "1700000010.400", "0.900");   // began at 9.5
  EXPECT_EQ(tracker_.active(), green_);
  EXPECT_EQ(Failovers(), "1 0");
  TimedAnswer(blue_, "1700000012.000", "0.010");
  EXPECT_EQ(tracker_.active(), blue_);
  EXPECT_EQ(Failovers(), "1 1");
}

TEST_F(PoolTrackerTest, AClockSetBackDoesNotHideAFailover) {
  TimedAnswer(blue_, "1700000000.000", "0.010");
  TimedAnswer(green_, "1700000010.000", "0.010");
  TimedAnswer(blue_, "1690000000.000", "0.010");
  EXPECT_EQ(tracker_.active(), blue_);
}

TEST_F(PoolTrackerTest, ShowsTheReleaseSeenLast) {
  tracker_.ObserveRelease(blue_, "blue-1");
  tracker_.ObserveRelease(blue_, "");
  EXPECT_NE(Exposed().find("nginx_pool_release_info{pool=\"blue\",release=\"blue-1\"} 1\n"),
            std::string::npos);
  tracker_.ObserveRelease(blue_, "blue-2");
  EXPECT_EQ(Exposed().find("blue-1"), std::string::npos);
  EXPECT_NE(Exposed().find("nginx_pool_release_info{pool=\"blue\",release=\"blue-2\"} 1\n"),
            std::string::npos);
}

}  // namespace
}  // namespace tocsin::traffic
