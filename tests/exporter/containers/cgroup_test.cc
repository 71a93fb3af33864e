#include "exporter/containers/cgroup.h"

#include <filesystem>
#include <map>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/containers/cgroup_text.h"
#include "tests/exporter/containers/fakes.h"
#include "tests/exporter/tail/scratch_folder.h"
#include "tests/source_dir.h"

namespace tocsin::containers {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Keep = kernel::KernelFile::Keep;

kernel::Paths PathsUnder(const std::string& root) {
  kernel::Paths paths;
  paths.rootfs = root;
  paths.FollowRoot();
  return paths;
}
kernel::Paths Fixture(const char* version) {
  return PathsUnder(std::string(SourceDir() + "/tests/exporter/containers/fixture/") + version);
}

TEST(ContainerIdOf, KnowsWhoMadeTheCgroup) {
  for (const char* before : {"", "docker-", "libpod-", "cri-containerd-", "crio-", "cri-containerd:"}) {
    EXPECT_EQ(ContainerIdOf(before + kV1Id), kV1Id) << before;
    EXPECT_EQ(ContainerIdOf(before + kV1Id + ".scope"), kV1Id) << before;
  }
  for (const std::string& other : {std::string("docker"), std::string(), "libpod-conmon-" + kV1Id + ".scope",
                                   "x" + kV1Id, kV1Id + "x", Repeat("g", 64), std::string("system.slice")}) {
    EXPECT_EQ(ContainerIdOf(other), "") << other;
  }
}

TEST(CgroupTree, FindsContainersOfEitherVersion) {
  CgroupTree v1(Fixture("v1"));
  EXPECT_EQ(v1.version(), CgroupTree::Version::kV1) << "though v2 hangs beside it";
  EXPECT_THAT(v1.Walk(), ElementsAre(Pair(kV1Id, "docker/" + kV1Id)));
  EXPECT_EQ(v1.Locate(kV1Id, 0, ""), "docker/" + kV1Id);
  CgroupTree v2(Fixture("v2"));
  EXPECT_EQ(v2.version(), CgroupTree::Version::kV2);
  const std::map<std::string, std::string> paths = {
      {kV2Id, "system.slice/docker-" + kV2Id + ".scope"},
      {kV2CgroupfsId, "docker/" + kV2CgroupfsId},
      {kV2PodmanId, "machine.slice/libpod-" + kV2PodmanId + ".scope"}};
  EXPECT_EQ(v2.Walk(), paths) << "neither Podman's monitor nor what lies within a container";
  uint64_t pid = kV2Pid;
  for (const auto& [id, path] : paths) {
    EXPECT_EQ(v2.Locate(id, 0, ""), path);
    EXPECT_EQ(v2.Locate(id, pid++, "some.slice"), path) << "by what its process says";
  }
  EXPECT_EQ(v2.Locate(kV1Id, 0, ""), std::nullopt);
}

TEST(CgroupTree, FindsThemUnderAnotherParent) {
  const tail::ScratchFolder folder;
  const std::string root = folder / "sys/fs/cgroup";
  std::filesystem::create_directories(root + "/a.slice/a-b.slice/docker-" + kV1Id + ".scope");
  std::filesystem::create_directories(root + "/plain/" + kV2Id);
  std::filesystem::create_directories(folder / "proc/9");
  tail::Overwrite(root + "/cgroup.controllers", "cpu\n");
  CgroupTree tree(PathsUnder(folder / ""));
  EXPECT_EQ(tree.Locate(kV1Id, 0, "a-b.slice"), "a.slice/a-b.slice/docker-" + kV1Id + ".scope");
  EXPECT_EQ(tree.Locate(kV2Id, 0, "/plain"), "plain/" + kV2Id);
  EXPECT_EQ(tree.Locate(kV2Id, 0, ""), "plain/" + kV2Id) << "by a walk";
  const std::string other = Repeat("c", 64);
  std::filesystem::create_directories(root + "/deep/libpod-" + other + ".scope/container");
  tail::Overwrite(folder / "proc/9/cgroup", "1:x:/\n0::/../deep/libpod-" + other + ".scope/container\n");
  EXPECT_EQ(tree.Locate(other, 9, ""), "deep/libpod-" + other + ".scope") << "by what its process says";
}

TEST(CgroupTree, IsNoneWhereNoCgroupsAre) {
  const tail::ScratchFolder folder;
  CgroupTree tree(PathsUnder(folder / ""));
  EXPECT_EQ(tree.version(), CgroupTree::Version::kNone);
  EXPECT_TRUE(tree.Walk().empty());
  EXPECT_EQ(tree.Locate(kV1Id, 1, ""), std::nullopt);
}

TEST(CgroupReader, NoticesThatTheCgroupIsGone) {
  const tail::ScratchFolder folder;
  const std::string group = folder / "sys/fs/cgroup/x";
  std::filesystem::create_directories(group);
  tail::Overwrite(folder / "sys/fs/cgroup/cgroup.controllers", "cpu\n");
  tail::Overwrite(group + "/cpu.stat", "usage_usec 5\n");
  const CgroupTree tree(PathsUnder(folder / ""));
  kernel::ReadBuffer buffer;
  const auto reader = tree.Open("x", Keep::kClosed);
  Stats stats;
  ASSERT_TRUE(reader->Read(buffer, stats));
  EXPECT_EQ(stats.cpu_usage, 5000U);
  EXPECT_EQ(stats.memory_usage, std::nullopt) << "a controller that is off";
  std::filesystem::remove_all(group);
  Stats gone;
  EXPECT_FALSE(reader->Read(buffer, gone));
}

TEST(CgroupReader, AsksForSwapOnlyWhereTheMachineHasSome) {
  const tail::ScratchFolder folder;
  const std::string group = folder / "sys/fs/cgroup/x";
  std::filesystem::create_directories(group);
  std::filesystem::create_directories(folder / "proc");
  tail::Overwrite(folder / "sys/fs/cgroup/cgroup.controllers", "cpu\n");
  tail::Overwrite(group + "/cpu.stat", "usage_usec 5\n");
  CgroupTree tree(PathsUnder(folder / ""));
  kernel::ReadBuffer buffer;
  const auto swap = [&](CgroupReader& reader) {
    Stats stats;
    EXPECT_TRUE(reader.Read(buffer, stats));
    return stats.memory_swap;
  };
  const auto uncounted = tree.Open("x", Keep::kClosed);
  tail::Overwrite(group + "/memory.swap.current", "4096\n");
  const auto counted = tree.Open("x", Keep::kClosed);
  EXPECT_EQ(swap(*counted), 4096U);
  tail::Overwrite(folder / "proc/meminfo", "MemTotal: 8 kB\nSwapTotal:       0 kB\n");
  tree.LookForSwap(buffer);
  tail::Overwrite(group + "/memory.swap.current", "8192\n");
  EXPECT_EQ(swap(*counted), 0U);
  std::filesystem::remove(group + "/memory.swap.current");
  EXPECT_EQ(swap(*uncounted), std::nullopt) << "a kernel that does not count it";
  tail::Overwrite(folder / "proc/meminfo", "MemTotal: 8 kB\nSwapTotal:       4 kB\n");
  tail::Overwrite(group + "/memory.swap.current", "8192\n");
  tree.LookForSwap(buffer);
  EXPECT_EQ(swap(*counted), 8192U) << "some came";
}

/// What the kernel of the fixture was made to do shows, each figure in its unit.
TEST(CgroupReader, ReadsWhatAKernelSaysOfLoadedContainers) {
  const CgroupTree tree(Fixture("v2"));
  kernel::ReadBuffer buffer;
  const auto read = [&](const std::string& path) {
    const auto reader = tree.Open(path, Keep::kClosed);
    std::pair<Stats, Limits> figures;
    EXPECT_TRUE(reader->Read(buffer, figures.first)) << path;
    reader->ReadLimits(buffer, figures.second);
    return figures;
  };
  const auto [busy, quota] = read("system.slice/docker-" + kV2Id + ".scope");
  EXPECT_EQ(*busy.cpu_usage / 1'000'000, (*busy.cpu_user + *busy.cpu_system) / 1'000'000);
  EXPECT_GT(*busy.cpu_throttled_periods, 10U);
  EXPECT_GT(*busy.cpu_throttled, *busy.cpu_usage) << "two at work, a fifth of one allowed";
  EXPECT_EQ(quota.cpu_quota, 20'000U);
  EXPECT_EQ(quota.cpu_period, 100'000U);
  EXPECT_EQ(quota.cpu_shares, 998U);
  EXPECT_EQ(quota.pids, 64U);
  EXPECT_EQ(quota.memory, 0U) << "no limit";
  EXPECT_GT(*busy.memory_cache, 6U << 20) << "the file that it read";
  EXPECT_GT(*busy.memory_mapped_file, 0U) << "its own program";
  ASSERT_EQ(busy.io.size(), 1U);
  EXPECT_EQ(busy.io[0].write_bytes, 40U * 65536);
  EXPECT_GT(busy.io[0].read_bytes, 6U << 20);
  EXPECT_GT(*busy.cpu_pressure.some, 1'000'000U);

  const auto [full, memory] = read("docker/" + kV2CgroupfsId);
  EXPECT_EQ(full.oom_kills, 1U);
  EXPECT_GT(*full.memory_failcnt, 0U);
  EXPECT_GT(*full.memory_events_high, 0U);
  EXPECT_EQ(memory.memory, 25U << 20);
  EXPECT_EQ(memory.memory_reservation, 8U << 20);
  EXPECT_EQ(memory.memory_swap, 12U << 20);
  EXPECT_EQ(full.memory_max_usage, memory.memory);
  EXPECT_GT(*full.memory_swap, 1U << 20);
  EXPECT_GT(*full.memory_pressure.full, 1'000'000U);

  const auto [idle, none] = read("machine.slice/libpod-" + kV2PodmanId + ".scope");
  EXPECT_EQ(idle.pids, 2U) << "its processes are in the cgroup below";
  EXPECT_TRUE(idle.io.empty());
  EXPECT_EQ(none.cpu_quota, 0U);
  EXPECT_EQ(none.pids, 0U);
}

TEST(CgroupText, ReadsLimits) {
  EXPECT_EQ(v1::ParseLimit("9223372036854771712\n"), 0U);
  EXPECT_EQ(v1::ParseLimit("-1\n"), 0U);
  EXPECT_EQ(v1::ParseLimit("4096\n"), 4096U);
  EXPECT_EQ(v2::ParseLimit("max\n"), 0U);
  EXPECT_EQ(v2::ParseLimit("4096\n"), 4096U);
  Limits limits;
  v2::ParseCpuMax("max 100000\n", limits);
  EXPECT_EQ(limits.cpu_quota, 0U);
  EXPECT_EQ(limits.cpu_period, 100'000U);
  EXPECT_EQ(v2::SharesOfWeight(39), 998U) << "1024 shares become weight 39";
}

TEST(CgroupText, SurvivesWhatIsBroken) {
  Stats stats;
  v1::ParseMemoryStat("total_rss\ntotal_cache x\ntotal_swap 18446744073709551616\n\ntotal_rss 7", stats);
  EXPECT_EQ(stats.memory_rss, 7U);
  EXPECT_EQ(stats.memory_cache, std::nullopt);
  EXPECT_EQ(stats.memory_swap, std::nullopt);
  std::vector<IoDevice> devices;
  v2::ParseIoStat("8:0 rbytes=1 = x=\n:1 rbytes=1\n8 rbytes=2\n", devices);
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_EQ(devices[0].read_bytes, 1U);
  v1::ParseBlockIo("8:0 Read\n8:0 Write 5\nTotal 5\n", &IoDevice::read_bytes, &IoDevice::write_bytes,
                   devices);
  EXPECT_EQ(devices[0].write_bytes, 5U);
}

TEST(Stats, HaveAWorkingSetThatIsNeverNegative) {
  Stats stats;
  EXPECT_EQ(stats.WorkingSet(), std::nullopt);
  stats.memory_usage = 10;
  EXPECT_EQ(stats.WorkingSet(), 10U);
  stats.memory_inactive_file = 12;
  EXPECT_EQ(stats.WorkingSet(), 0U);
}

}  // namespace
}  // namespace tocsin::containers
