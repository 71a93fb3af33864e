#include "exporter/host/collector.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "exporter/host/disks.h"
#include "exporter/host/filesystems.h"
#include "tests/exporter/tail/scratch_folder.h"
#include "tests/source_dir.h"

namespace tocsin::host {
namespace {

using testing::HasSubstr;
using testing::Not;

kernel::Paths PathsUnder(const std::string& root) {
  kernel::Paths paths;
  paths.rootfs = root;
  paths.FollowRoot();
  return paths;
}

std::optional<struct statvfs> FakeStat(const std::string& path, std::string& error) {
  if (path.ends_with("/gone")) {
    error = "No such file or directory";
    return std::nullopt;
  }
  struct statvfs answer {};
  answer.f_frsize = 4096;
  answer.f_blocks = 1000;
  answer.f_bfree = 500;
  answer.f_bavail = 400;
  answer.f_files = 64;
  answer.f_ffree = 32;
  return answer;
}

/// The exposition without what differs from machine to machine and run to run.
std::string Page(Collector& collector) {
  std::string text;
  exposition::Writer writer(text, exposition::Format::kText);
  collector.Write(writer);
  text = std::regex_replace(text, std::regex("node_uname_info\\{.*\\} 1"), "node_uname_info{} 1");
  return std::regex_replace(text, std::regex("(duration_seconds\\{.*\\}) .*"), "$1 0");
}

TEST(Collector, WritesWhatTheFixtureSays) {
  ::setenv("TZ", "UTC", 1);
  const FakeClock clock;
  Collector collector(PathsUnder(SourceDir() + "/tests/exporter/host/fixture"), clock, FakeStat);
  const auto golden = ReadFile(SourceDir() + "/tests/golden/host.prom");
  ASSERT_TRUE(golden.has_value());
  EXPECT_EQ(Page(collector), *golden);
  EXPECT_EQ(Page(collector), *golden) << "the second scrape reads the kept descriptors";
}

TEST(Collector, SaysWhichPartCannotBeRead) {
  const tail::ScratchFolder folder;
  const FakeClock clock;
  Collector collector(PathsUnder(folder / "nothing"), clock, FakeStat);
  const std::string page = Page(collector);
  EXPECT_THAT(page, HasSubstr("node_scrape_collector_success{collector=\"cpu\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("node_scrape_collector_success{collector=\"uname\"} 1\n"));
  EXPECT_THAT(page, Not(HasSubstr("node_cpu_seconds_total")));
}

TEST(Collector, DoesNotLetIdleTimeStepBack) {
  const tail::ScratchFolder folder;
  std::filesystem::create_directories(folder / "proc");
  const FakeClock clock;
  tail::Overwrite(folder / "proc/stat", "cpu0 1 1 1 500 1 1 1 1 1 1\n");
  Collector collector(PathsUnder(folder / ""), clock, FakeStat);
  const auto idle = [&collector] {
    const std::string page = Page(collector);
    const std::string series = "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} ";
    const size_t at = page.find(series) + series.size();
    return page.substr(at, page.find('\n', at) - at);
  };
  EXPECT_EQ(idle(), "5");
  tail::Overwrite(folder / "proc/stat", "cpu0 1 1 1 498 1 1 1 1 1 1\n");
  EXPECT_EQ(idle(), "5") << "a small step back is the kernel's inaccuracy";
  tail::Overwrite(folder / "proc/stat", "cpu0 1 1 1 10 1 1 1 1 1 1\n");
  EXPECT_EQ(idle(), "0.1") << "a large one is a processor that came back";
}

TEST(IsIgnoredDisk, KnowsPartitionsFromDisks) {
  for (const char* disk : {"sda", "vda", "xvda", "nvme0n1", "mmcblk0", "dm-0", "md127", "sr0", "hda", "zram"})
    EXPECT_FALSE(IsIgnoredDisk(disk)) << disk;
  for (const char* other : {"sda1", "vda15", "xvdb2", "nvme0n1p2", "loop7", "ram0", "zram0", "fd0", "hdc3"})
    EXPECT_TRUE(IsIgnoredDisk(other)) << other;
}

TEST(ParseMounts, SkipsLinesThatAreNone) {
  const auto mounts =
      ParseMounts("\n1 2\nx y z / /a rw - \n1 2 8:1 / /a rw - ext4 /dev/a rw,ro\n1 2 8:1 / /b rw shared:1\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].mountpoint, "/a");
  EXPECT_EQ(mounts[0].major, "8");
  EXPECT_TRUE(mounts[0].read_only);
}

}  // namespace
}  // namespace tocsin::host
