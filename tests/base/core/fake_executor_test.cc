#include "base/async/fake_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::async {
namespace {

using ::testing::ElementsAre;

TEST(FakeExecutor, RunsTimersInTheOrderOfTheirTimes) {
  FakeExecutor executor;
  auto strand = executor.MakeStrand();
  Timestamp start = executor.clock().Now();
  std::vector<int64_t> seen;
  auto note = [&] { seen.push_back((executor.clock().Now() - start).count()); };
  Timer late = strand->After(Duration(30), note);
  Timer early = strand->After(Duration(10), note);
  executor.Advance(Duration(20));
  EXPECT_THAT(seen, ElementsAre(10));
  executor.Advance(Duration(20));
  EXPECT_THAT(seen, ElementsAre(10, 30));
  EXPECT_EQ(executor.clock().Now() - start, Duration(40));
}

TEST(FakeExecutor, ForgetsACancelledTimer) {
  FakeExecutor executor;
  auto strand = executor.MakeStrand();
  int calls = 0;
  Timer kept = strand->After(Duration(1), [&] { ++calls; });
  {
    Timer dropped = strand->After(Duration(1), [&] { ++calls; });
  }
  kept = strand->After(Duration(5), [&] { calls += 10; });
  executor.Advance(Duration(10));
  EXPECT_EQ(calls, 10);
  EXPECT_EQ(executor.pending_timers(), 0u);
}

TEST(FakeExecutor, RunsWhatATimerStarts) {
  FakeExecutor executor;
  auto strand = executor.MakeStrand();
  int ticks = 0;
  Timer timer;
  std::function<void()> tick = [&] {
    ++ticks;
    strand->Post([&] { timer = strand->After(Duration(10), tick); });
  };
  strand->Post(tick);
  executor.Advance(Duration(35));
  EXPECT_EQ(ticks, 4);
}

}  // namespace
}  // namespace tocsin::async
