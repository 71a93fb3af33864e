#include "exporter/traffic/pool_tracker.h"

#include <random>

#include <gtest/gtest.h>

namespace tocsin::traffic {
namespace {

class PoolTrackerTest : public testing::Test {
 protected:
  PoolTrackerTest() {
    tracker_.AddPool(blue_);
    tracker_.AddPool(green_);
  }

  /// A good answer of `pool`, to which the first attempt went already.
  void Answer(NameTable::Id pool, int times = 1) {
    for (int i = 0; i < times; ++i) tracker_.Observe({pool, true, false}, {});
  }
  /// An attempt on the active pool failed, and `pool` answered.
  void Retried(NameTable::Id pool) { tracker_.Observe({pool, true, true}, {}); }
  /// The active pool failed and that was the answer, as with POST.
  void Failed(NameTable::Id pool) { tracker_.Observe({pool, false, tracker_.active() == pool}, {}); }
  /// An answer logged at `logged` that took `took`.
  void TimedAnswer(NameTable::Id pool, const char* logged, const char* took, bool active_failed = false) {
    parse::LogRecord record;
    record.Set(parse::Field::kMsec, logged);
    record.Set(parse::Field::kRequestTime, took);
    tracker_.Observe({pool, true, active_failed}, record);
  }

  static std::string Exposed(const PoolTracker& tracker) {
    std::string out;
    exposition::Writer writer(out, exposition::Format::kText);
    tracker.Write(writer);
    return out;
  }
  std::string Exposed() { return Exposed(tracker_); }
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
  for (int i = 0; i < 100; ++i) {
    Retried(green_);
    Retried(green_);
    Answer(blue_, 50);
  }
  EXPECT_EQ(tracker_.active(), blue_);
  EXPECT_EQ(Failovers(), "0 0");
}

// What nginx does with max_fails=1 fail_timeout=2s while blue fails: the first request finds out, the next
// ones go to green at once, and each two seconds one tries blue again in vain.
TEST_F(PoolTrackerTest, CountsOneFailoverWhileNginxProbesTheFailedPool) {
  Answer(blue_, 10);
  Retried(green_);
  Answer(green_);
  EXPECT_EQ(tracker_.active(), blue_);
  Answer(green_);
  EXPECT_EQ(tracker_.active(), green_) << "the third answer on end";
  for (int probe = 0; probe < 5; ++probe) {
    Answer(green_, 20);
    tracker_.Observe({green_, true, false}, {});  // the probe of blue fails, green answers
    Failed(blue_);                                // a POST as the probe: blue's 500 is the answer
  }
  EXPECT_EQ(Failovers(), "1 0");
  Answer(blue_, 10);  // the probe after the recovery is answered, and then all are
  EXPECT_EQ(tracker_.active(), blue_);
  EXPECT_EQ(Failovers(), "1 1");
}

TEST_F(PoolTrackerTest, AProbeThatSucceedsOnceDoesNotFlap) {
  Answer(blue_, 1000);
  Retried(green_);
  Answer(green_, 200);
  for (int probe = 0; probe < 20; ++probe) {
    Answer(blue_, 2);  // a pool that fails half of its requests answers now and then
    Answer(green_, 100);
  }
  EXPECT_EQ(tracker_.active(), green_);
  EXPECT_EQ(Failovers(), "1 0");
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

TEST_F(PoolTrackerTest, ASwitchWithoutAFailureIsSeenSoon) {
  Answer(blue_, 1000);
  Answer(green_, 4);
  EXPECT_EQ(tracker_.active(), blue_);
  Answer(green_);
  EXPECT_EQ(tracker_.active(), green_);
}

TEST_F(PoolTrackerTest, CanariesAndEvenSplitsDoNotFlap) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same traffic each time
  for (const double canary : {0.01, 0.05, 0.2, 0.5}) {
    PoolTracker tracker(names_, budget_);
    tracker.AddPool(blue_);
    tracker.AddPool(green_);
    std::bernoulli_distribution is_green(canary);
    std::bernoulli_distribution fails(0.01);
    tracker.Observe({blue_, true, false}, {});
    int changes = 0;
    for (int i = 0; i < 200'000; ++i) {
      // Blue's failures are its own servers': the retry stays in the pool.
      const bool green = is_green(random);
      if (tracker.Observe({green ? green_ : blue_, true, !green && fails(random)}, {})) ++changes;
    }
    EXPECT_LE(changes, 1) << canary;
  }
}

TEST_F(PoolTrackerTest, APoolThatHasComeToServeNearlyAllIsTheActiveOne) {
  Answer(blue_, 500);
  for (int i = 0; i < 50; ++i) {
    Answer(green_, 99);
    Answer(blue_);
  }
  EXPECT_EQ(tracker_.active(), green_);
  EXPECT_EQ(Failovers(), "1 0");
}

TEST_F(PoolTrackerTest, OfSeveralSuccessorsTheOneThatServesMostIsActive) {
  const NameTable::Id red = names_.Add("red");
  tracker_.AddPool(red);
  Answer(blue_, 1000);
  for (int i = 0; i < 3; ++i) {
    Retried(green_);
    Retried(red);
    Retried(green_);
  }
  EXPECT_EQ(tracker_.active(), green_);
}

TEST_F(PoolTrackerTest, AFailedAnswerChangesNothing) {
  Answer(blue_);
  for (int i = 0; i < 20; ++i) Failed(green_);
  EXPECT_EQ(tracker_.active(), blue_);
}

TEST_F(PoolTrackerTest, SlowAnswersFromBeforeTheChangeDoNotChangeBack) {
  TimedAnswer(blue_, "1700000000.000", "0.010");
  for (int i = 0; i < 3; ++i) TimedAnswer(green_, "1700000010.000", "0.010", true);  // the failover
  EXPECT_EQ(tracker_.active(), green_);
  for (int i = 0; i < 50; ++i) TimedAnswer(blue_, "1700000010.400", "0.900");  // began at 9.5
  EXPECT_EQ(tracker_.active(), green_);
  EXPECT_EQ(Failovers(), "1 0");
  for (int i = 0; i < 10; ++i) TimedAnswer(blue_, "1700000012.000", "0.010");
  EXPECT_EQ(tracker_.active(), blue_);
  EXPECT_EQ(Failovers(), "1 1");
}

TEST_F(PoolTrackerTest, SlowAnswersFromBeforeTheFailureAreNoRecovery) {
  TimedAnswer(blue_, "1700000000.000", "0.010");
  for (int i = 0; i < 3; ++i) {
    TimedAnswer(green_, "1700000010.000", "0.010", i == 0);
    TimedAnswer(blue_, "1700000010.400", "0.900");  // began at 9.5, blue failed at 10
  }
  EXPECT_EQ(tracker_.active(), green_);
}

TEST_F(PoolTrackerTest, AClockSetBackDoesNotHideAFailover) {
  TimedAnswer(blue_, "1700000000.000", "0.010");
  for (int i = 0; i < 3; ++i) TimedAnswer(green_, "1700000010.000", "0.010", true);
  for (int i = 0; i < 10; ++i) TimedAnswer(blue_, "1690000000.000", "0.010");
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

TEST_F(PoolTrackerTest, GoesOnAfterARestartInTheMiddleOfAFailover) {
  Answer(blue_, 10);
  tracker_.ObserveRelease(blue_, "blue-1");
  Retried(green_);
  Answer(green_);
  checkpoint::Writer saved;
  tracker_.Save(saved);

  NameTable names;  // numbered in another order
  SeriesBudget budget(1000);
  const NameTable::Id green = names.Add("green");
  const NameTable::Id blue = names.Add("blue");
  PoolTracker restored(names, budget);
  restored.AddPool(green);
  restored.AddPool(blue);
  checkpoint::Reader reader(saved.bytes());
  const std::vector<NameTable::Id> ids = {NameTable::kOther, NameTable::kAbsent, blue, green};
  ASSERT_TRUE(restored.Restore(reader, ids).has_value());
  EXPECT_EQ(restored.active(), blue);
  EXPECT_NE(Exposed(restored).find("{pool=\"blue\",release=\"blue-1\"} 1\n"), std::string::npos);
  EXPECT_TRUE(restored.Observe({green, true, false}, {})) << "the third answer on end";
  EXPECT_NE(Exposed(restored).find("{from=\"blue\",to=\"green\"} 1\n"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::traffic
