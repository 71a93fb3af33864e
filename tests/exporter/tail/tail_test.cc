#include "exporter/tail/tail.h"

#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::tail {
namespace {

using testing::ElementsAre;

TEST(Tail, LooksFromTimeToTimeWithoutNotification) {
  const ScratchFolder folder;
  async::FakeExecutor executor;
  std::vector<std::string> lines;
  Tail tail(executor, executor.MakeStrand(), {{folder / "a.log", folder / "b.log"}, StartAt::kEnd}, Logger(),
            [&](const std::string& path) -> LineSink {
              return [&lines, name = path.substr(path.size() - 5, 1)](auto batch) {
                for (const lines::Line& line : batch) lines.push_back(name + std::string(line.text));
              };
            });
  tail.Start(nullptr);
  executor.Run();
  Append(folder / "b.log", "x\n");
  Append(folder / "a.log", "y\n");
  executor.Advance(Tail::kLookEvery);
  EXPECT_THAT(lines, ElementsAre("ay", "bx"));
  Append(folder / "a.log", "z\n");
  executor.Advance(Tail::kLookEvery);
  EXPECT_THAT(lines, ElementsAre("ay", "bx", "az"));
}

TEST(Tail, StopsWhenItIsGone) {
  const ScratchFolder folder;
  async::FakeExecutor executor;
  int batches = 0;
  auto tail = std::make_unique<Tail>(
      executor, executor.MakeStrand(), TailOptions{{folder / "a.log"}, StartAt::kEnd}, Logger(),
      [&](const std::string&) -> LineSink { return [&](auto) { ++batches; }; });
  tail->Start(nullptr);
  executor.Run();
  Append(folder / "a.log", "x\n");
  tail.reset();
  executor.Advance(Duration{10'000});
  EXPECT_EQ(batches, 0);
  EXPECT_EQ(executor.pending_timers(), 0U);
}

/// Collects lines from the pool's threads and waits for them.
class Lines {
 public:
  void Take(std::span<const lines::Line> batch) {
    const std::lock_guard lock(mutex_);
    for (const lines::Line& line : batch) lines_.emplace_back(line.text);
    arrived_.notify_all();
  }
  std::vector<std::string> WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::seconds(20), [&] { return lines_.size() >= count; });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::string> lines_;
};

TEST(Tail, FollowsThroughRotationOnThePool) {
  const ScratchFolder folder;
  Lines lines;
  async::Pool pool(2);
  Append(folder / "a.log", "0\n");
  Tail tail(pool, pool.MakeStrand(), {{folder / "a.log"}, StartAt::kBeginning}, Logger(),
            [&](const std::string&) -> LineSink { return [&](auto batch) { lines.Take(batch); }; });
  tail.Start(&pool);
  EXPECT_THAT(lines.WaitFor(1), ElementsAre("0"));
  Append(folder / "a.log", "1\n");
  EXPECT_THAT(lines.WaitFor(2), ElementsAre("0", "1"));
  std::filesystem::rename(folder / "a.log", folder / "a.log.1");
  Append(folder / "a.log.1", "2\n");
  EXPECT_THAT(lines.WaitFor(3), ElementsAre("0", "1", "2"));
  Append(folder / "a.log", "3\n");
  EXPECT_THAT(lines.WaitFor(4), ElementsAre("0", "1", "2", "3"));
  pool.Stop();
}

TEST(ChangeWatch, TellsOfChangesToAFile) {
  const ScratchFolder folder;
  async::Pool pool(1);
  std::mutex mutex;
  std::condition_variable changed;
  int changes = 0;
  const auto watch = ChangeWatch::Start(pool, [&] {
    const std::lock_guard lock(mutex);
    ++changes;
    changed.notify_all();
  });
  ASSERT_TRUE(watch.has_value());
  const auto sees_another = [&](int before) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return changes > before; });
  };
  (*watch)->Add(folder / "a.log");
  Append(folder / "a.log", "");
  ASSERT_TRUE(sees_another(0)) << "creation";
  (*watch)->Add(folder / "a.log");
  int before = 0;
  {
    const std::lock_guard lock(mutex);
    before = changes;
  }
  Append(folder / "a.log", "1\n");
  ASSERT_TRUE(sees_another(before)) << "growth";
  pool.Stop();
}

}  // namespace
}  // namespace tocsin::tail
