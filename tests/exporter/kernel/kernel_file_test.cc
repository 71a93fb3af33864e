#include "exporter/kernel/kernel_file.h"

#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "exporter/kernel/paths.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::kernel {
namespace {

std::optional<std::string> Read(KernelFile& file, ReadBuffer& buffer) {
  const auto text = file.Read(buffer);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

TEST(KernelFile, ReadsWhatIsThereNow) {
  const tail::ScratchFolder folder;
  const std::string path = folder / "figure";
  for (const auto keep : {KernelFile::Keep::kOpen, KernelFile::Keep::kClosed}) {
    tail::Overwrite(path, "1\n");
    ReadBuffer buffer;
    KernelFile file(path, KernelFile::Shape::kWhole, keep);
    EXPECT_EQ(Read(file, buffer), "1\n");
    tail::Overwrite(path, "22\n");
    EXPECT_EQ(Read(file, buffer), "22\n");
    tail::Overwrite(path, "");
    EXPECT_EQ(Read(file, buffer), "");
    EXPECT_TRUE(file.there());
  }
}

TEST(KernelFile, ReadsTextsLargerThanTheBuffer) {
  const tail::ScratchFolder folder;
  const std::string path = folder / "figure";
  const std::string large(100'000, 'x');
  tail::Overwrite(path, large);
  for (const auto shape :
       {KernelFile::Shape::kWhole, KernelFile::Shape::kRecords, KernelFile::Shape::kShortRecords}) {
    ReadBuffer buffer;
    KernelFile file(path, shape);
    EXPECT_EQ(Read(file, buffer), large);
  }
}

/// The kernel hands out its table of limits at once, and that of all its symbols a page at a time.
TEST(KernelFile, ReadsRecordsToTheirEnd) {
  ReadBuffer buffer;
  const auto size = [&buffer](const char* path, KernelFile::Shape shape) {
    return KernelFile(path, shape).Read(buffer).value_or("").size();
  };
  for (const char* path : {"/proc/self/limits", "/proc/kallsyms"}) {
    const size_t all = size(path, KernelFile::Shape::kRecords);
    EXPECT_GT(all, 0U) << path;
    EXPECT_EQ(size(path, KernelFile::Shape::kShortRecords), all) << path;
  }
}

TEST(KernelFile, LeavesWhatIsGoneAlone) {
  const tail::ScratchFolder folder;
  ReadBuffer buffer;
  KernelFile missing(folder / "missing");
  EXPECT_TRUE(missing.there()) << "nobody has looked yet";
  EXPECT_EQ(Read(missing, buffer), std::nullopt);
  EXPECT_FALSE(missing.there());
  KernelFile none;
  EXPECT_EQ(Read(none, buffer), std::nullopt);
  std::filesystem::create_directory(folder / "folder");
  KernelFile directory(folder / "folder");
  EXPECT_EQ(Read(directory, buffer), std::nullopt);
}

TEST(KernelFile, MovesItsDescriptor) {
  const tail::ScratchFolder folder;
  tail::Overwrite(folder / "a", "a");
  ReadBuffer buffer;
  KernelFile first(folder / "a");
  EXPECT_EQ(Read(first, buffer), "a");
  KernelFile second = std::move(first);
  EXPECT_EQ(Read(second, buffer), "a");
}

TEST(Paths, FollowTheRootUnlessTheyAreNamed) {
  Paths paths;
  paths.FollowRoot();
  EXPECT_EQ(paths.Proc("stat"), "/proc/stat");
  EXPECT_EQ(paths.Root("/data"), "/data");
  paths.rootfs = "/host/";
  paths.sysfs = "/other";
  paths.FollowRoot();
  EXPECT_EQ(paths.Proc("stat"), "/host/proc/stat");
  EXPECT_EQ(paths.Sys("block"), "/other/block");
  EXPECT_EQ(paths.Root("/data"), "/host/data");
  EXPECT_EQ(paths.Root("/"), "/host");
}

}  // namespace
}  // namespace tocsin::kernel
