#include "base/async/lifecycle.h"

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tocsin::async {
namespace {

TEST(Lifecycle, StopsOnSigterm) {
  Pool pool(1);
  Lifecycle lifecycle(pool);
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_EQ(lifecycle.WaitForStop(), SIGTERM);
}

TEST(Lifecycle, StopsWhenAsked) {
  Pool pool(1);
  Lifecycle lifecycle(pool);
  std::thread asker([&] { lifecycle.RequestStop(); });
  EXPECT_EQ(lifecycle.WaitForStop(), 0);
  asker.join();
}

TEST(Lifecycle, ReloadsOnEachSighupAndKeepsRunning) {
  Pool pool(2);
  Lifecycle lifecycle(pool);
  std::atomic<int> inside = 0;
  std::atomic<bool> overlapped = false;
  std::atomic<int> count = 0;
  std::promise<void> first;
  std::promise<void> second;
  lifecycle.OnReload([&] {
    if (++inside != 1) overlapped = true;
    ++count == 1 ? first.set_value() : second.set_value();
    --inside;
  });
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  first.get_future().wait();
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  second.get_future().wait();
  EXPECT_FALSE(overlapped);
  ASSERT_EQ(::kill(::getpid(), SIGINT), 0);
  EXPECT_EQ(lifecycle.WaitForStop(), SIGINT);
  EXPECT_EQ(count, 2);
}

TEST(Lifecycle, StopsWhileAReloadIsStillRunning) {
  Pool pool(2);
  std::promise<void> release;
  std::promise<void> entered;
  Lifecycle lifecycle(pool);
  lifecycle.OnReload([&] {
    entered.set_value();
    release.get_future().wait();
  });
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  entered.get_future().wait();
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_EQ(lifecycle.WaitForStop(), SIGTERM);
  release.set_value();
}

/// A daemon in a child process whose drain hangs: the second signal has to end it.
[[noreturn]] void HangInDrain() {
  Pool pool(1);
  Lifecycle lifecycle(pool);
  (void)::kill(::getpid(), SIGTERM);
  lifecycle.WaitForStop();
  pool.Stop();
  (void)::kill(::getpid(), SIGTERM);
  for (;;) ::pause();
}

TEST(LifecycleDeathTest, ASecondSignalEndsTheProcessAtOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(HangInDrain(), testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace tocsin::async
