#include "base/async/pool.h"

#include <atomic>
#include <future>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace tocsin::async {
namespace {

using std::chrono::milliseconds;

/// Waits until all that was posted to `strand` before has run.
void Drain(Strand& strand) {
  std::promise<void> reached;
  strand.Post([&] { reached.set_value(); });
  reached.get_future().wait();
}

TEST(Pool, RunsTheTasksOfAStrandInOrderAndNeverTwoAtOnce) {
  Pool pool(4);
  const auto strand = pool.MakeStrand();
  std::atomic<int> inside = 0;
  bool overlapped = false;
  std::vector<int> order;  // unguarded on purpose: the strand is the guard
  for (int i = 0; i < 1000; ++i) {
    strand->Post([&, i] {
      if (++inside != 1) overlapped = true;
      order.push_back(i);
      --inside;
    });
  }
  Drain(*strand);
  ASSERT_EQ(order.size(), 1000U);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(order[static_cast<size_t>(i)], i);
  EXPECT_FALSE(overlapped);
}

TEST(Pool, RunsDifferentStrandsAtTheSameTime) {
  Pool pool(2);
  const auto one = pool.MakeStrand();
  const auto other = pool.MakeStrand();
  std::promise<void> from_other;
  std::promise<bool> met;
  one->Post([&] {
    met.set_value(from_other.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  });
  other->Post([&] { from_other.set_value(); });
  EXPECT_TRUE(met.get_future().get());
}

TEST(Pool, FinishesTasksOfAStrandThatNobodyHoldsAnyMore) {
  Pool pool(1);
  std::promise<void> ran;
  pool.MakeStrand()->Post([&] { ran.set_value(); });
  EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(Pool, RunsATimerOnItsStrandAfterItsDelay) {
  Pool pool(2);
  const auto strand = pool.MakeStrand();
  std::promise<std::chrono::steady_clock::time_point> ran;
  const auto start = std::chrono::steady_clock::now();
  const Timer timer =
      strand->After(milliseconds(20), [&] { ran.set_value(std::chrono::steady_clock::now()); });
  EXPECT_GE(ran.get_future().get() - start, milliseconds(20));
}

TEST(Pool, DoesNotRunATimerThatWasCancelledOrDestroyed) {
  Pool pool(2);
  const auto strand = pool.MakeStrand();
  std::atomic<int> ran = 0;
  Timer cancelled = strand->After(milliseconds(10), [&] { ++ran; });
  cancelled.Cancel();
  {
    const Timer destroyed = strand->After(milliseconds(10), [&] { ++ran; });
  }
  Timer replaced = strand->After(milliseconds(10), [&] { ++ran; });
  std::promise<void> later;
  replaced = strand->After(milliseconds(30), [&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_EQ(ran, 0);
}

TEST(Pool, CancellingFromTheStrandIsCertainEvenWhenTheTimerIsDue) {
  Pool pool(2);
  const auto strand = pool.MakeStrand();
  int ran = 0;  // unguarded on purpose
  for (int i = 0; i < 200; ++i) {
    Timer timer;
    strand->Post([&] {
      timer = strand->After(milliseconds(0), [&] { ++ran; });
      std::this_thread::yield();
      timer.Cancel();
    });
    Drain(*strand);
  }
  Drain(*strand);
  EXPECT_EQ(ran, 0);
}

TEST(Pool, ReleasesWhatACancelledTaskHeld) {
  Pool pool(1);
  const auto strand = pool.MakeStrand();
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  Timer timer = strand->After(std::chrono::hours(1), [held = std::move(held)] {});
  EXPECT_FALSE(watch.expired());
  timer.Cancel();
  for (int i = 0; i < 3; ++i) Drain(*strand);
  EXPECT_TRUE(watch.expired());
}

TEST(Pool, ATaskMayReplaceItsOwnTimer) {
  Pool pool(2);
  const auto strand = pool.MakeStrand();
  std::promise<void> done;
  int rounds = 0;
  Timer timer;
  std::function<void()> tick = [&] {
    if (++rounds == 5) return done.set_value();
    timer = strand->After(milliseconds(1), tick);
  };
  strand->Post(tick);
  done.get_future().wait();
  Drain(*strand);
  EXPECT_EQ(rounds, 5);
}

TEST(Pool, DropsOnStopWhatHasNotBegun) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  {
    Pool pool(1);
    const auto strand = pool.MakeStrand();
    const Timer never = strand->After(std::chrono::hours(1), [held] {});
    held.reset();
    pool.Stop();
    strand->Post([] { FAIL() << "ran after Stop"; });
  }
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace tocsin::async
