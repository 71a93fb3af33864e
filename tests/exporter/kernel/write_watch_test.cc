#include "exporter/kernel/write_watch.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::kernel {
namespace {

TEST(WriteWatch, TellsOfWritesToItsFilesOnce) {
  const tail::ScratchFolder folder;
  for (const char* name : {"a", "b", "c"}) tail::Overwrite(folder / name, "1\n");
  WriteWatch watch(10);
  const auto both = watch.Watch(std::vector<std::string>{folder / "a", folder / "b", folder / "missing"});
  const auto third = watch.Watch(std::vector<std::string>{folder / "c"});
  ASSERT_TRUE(both && third);
  watch.Look();
  EXPECT_FALSE(both->TakeWritten());
  tail::Overwrite(folder / "b", "2\n");
  EXPECT_FALSE(both->TakeWritten()) << "nobody looked";
  watch.Look();
  EXPECT_TRUE(both->TakeWritten());
  EXPECT_FALSE(both->TakeWritten());
  EXPECT_FALSE(third->TakeWritten());
  tail::Overwrite(folder / "a", "2\n");
  std::filesystem::remove(folder / "c");
  watch.Look();
  EXPECT_TRUE(both->TakeWritten());
  EXPECT_TRUE(third->TakeWritten()) << "it was removed";
}

TEST(WriteWatch, TakesNoMoreThanItMay) {
  const tail::ScratchFolder folder;
  const std::vector<std::string> paths = {folder / "a", folder / "b"};
  for (const std::string& path : paths) tail::Overwrite(path, "1\n");
  WriteWatch watch(2);
  auto files = watch.Watch(paths);
  ASSERT_TRUE(files);
  EXPECT_FALSE(watch.Watch(std::vector<std::string>{folder / "a"}));
  files.reset();
  EXPECT_TRUE(watch.Watch(paths)) << "what was given back";
  EXPECT_FALSE(WriteWatch(0).Watch(paths));
}

TEST(WriteWatch, TakesAllForWrittenWhenTheKernelLostCount) {
  const tail::ScratchFolder folder;
  const std::vector<std::string> paths = {folder / "a", folder / "b"};
  for (const std::string& path : paths) tail::Overwrite(path, "1\n");
  tail::Overwrite(folder / "still", "1\n");
  WriteWatch watch(10);
  const auto busy = watch.Watch(paths);
  const auto still = watch.Watch(std::vector<std::string>{folder / "still"});
  ASSERT_TRUE(busy && still);
  // One event after the other of the same file would be one.
  int most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  std::array<std::ofstream, 2> files = {std::ofstream(paths[0]), std::ofstream(paths[1])};
  for (int i = 0; i <= most; ++i) files[static_cast<size_t>(i) % 2] << 'x' << std::flush;
  watch.Look();
  EXPECT_TRUE(still->TakeWritten());
}

}  // namespace
}  // namespace tocsin::kernel
