// A scrape of containers: what one costs must not grow with their number. Over a tree of cgroup v2 as it
// would be with so many of them on a machine without swap, of plain files, so that the kernel's own work in
// making them up is not in it; and over those of this machine, where any run. Read*Alone is the same
// descriptors read and nothing else: what no reader that reads them can do without. Between two scrapes 15 s
// pass, Prometheus' usual interval: limits are read when someone wrote them and each ten minutes, those of a
// fortieth of the containers at each scrape, and Read*Alone opens, reads and closes as many.
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/async/fake_executor.h"
#include "base/files.h"
#include "exporter/containers/collector.h"
#include "tests/exporter/containers/fakes.h"
#include "tests/exporter/tail/scratch_folder.h"
#include "tests/source_dir.h"

namespace tocsin::containers {
namespace {

namespace fs = std::filesystem;

const std::string kFixture = SourceDir() + "/tests/exporter/containers/fixture/v2";

constexpr Duration kInterval{15'000};
constexpr size_t kScrapesALimit = 40;

std::string IdOf(int number) {
  std::string id = std::to_string(number);
  return std::string(64 - id.size(), '0') + id;
}

Container Named(const std::string& id, size_t number, uint64_t pid) {
  Container container = Running(id, "shop-web-" + std::to_string(number));
  container.pid = pid;
  container.labels = {{"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "web"}};
  return container;
}

/// Nor does a cgroup's file. A file system that can't leave it out is none the worse.
void KeepNoTimeOfAccess(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  int flags = FS_NOATIME_FL;
  (void)::ioctl(file, FS_IOC_SETFLAGS, &flags);
  (void)::close(file);
}

/// A tree of so many containers, and they.
class PlainTree {
 public:
  explicit PlainTree(int count) {
    const std::string groups = folder_ / "sys/fs/cgroup/";
    fs::create_directories(groups + "system.slice");
    tail::Overwrite(groups + "cgroup.controllers", "cpu\n");
    fs::create_directories(folder_ / "proc");
    tail::Overwrite(folder_ / "proc/meminfo", "SwapTotal: 0 kB\n");
    containers_.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      fs::copy(kFixture + "/sys/fs/cgroup/system.slice/docker-" + kV2Id + ".scope",
               groups + "system.slice/docker-" + IdOf(i) + ".scope");
      const std::string process = folder_ / ("proc/" + std::to_string(i + 1) + "/net");
      fs::create_directories(process);
      fs::copy(kFixture + "/proc/" + std::to_string(kV2Pid) + "/net/dev", process + "/dev");
      containers_.push_back(Named(IdOf(i), static_cast<size_t>(i), static_cast<uint64_t>(i) + 1));
    }
    for (const auto& entry : fs::recursive_directory_iterator(std::string(folder_ / ""))) {
      if (entry.is_regular_file()) KeepNoTimeOfAccess(entry.path());
    }
    paths_.rootfs = folder_ / "";
    paths_.FollowRoot();
  }
  const kernel::Paths& paths() const { return paths_; }
  const std::vector<Container>& containers() const { return containers_; }

 private:
  tail::ScratchFolder folder_;
  kernel::Paths paths_;
  std::vector<Container> containers_;
};

/// Those that run here, each with the first of its processes.
std::vector<Container> OfThisMachine() {
  const CgroupTree tree{kernel::Paths()};
  const std::string root =
      tree.version() == CgroupTree::Version::kV1 ? "/sys/fs/cgroup/memory/" : "/sys/fs/cgroup/";
  std::vector<Container> found;
  for (const auto& [id, path] : tree.Walk()) {
    const std::string processes = ReadFile(root + path + "/cgroup.procs").value_or("");
    uint64_t pid = 0;
    std::from_chars(processes.data(), processes.data() + processes.size(), pid);
    if (pid != 0) found.push_back(Named(id, found.size(), pid));
  }
  return found;
}

class Machine {
 public:
  Machine(const kernel::Paths& paths, const std::vector<Container>& containers, size_t keep_open) {
    Options options;
    options.keep_open = keep_open;
    collector_ = std::move(
        *Collector::Make(options, paths, engine_, executor_.MakeStrand(), executor_.clock(), Logger()));
    collector_->Start();
    executor_.Run();
    engine_.OpenEvents();
    executor_.Run();
    engine_.Answer("/networks", 200, "[]");
    executor_.Run();
    engine_.Answer("/containers/json", 200, "[]");
    executor_.Run();
    for (const Container& container : containers) collector_->registry().Update(container);
  }

  size_t Scrape() {
    executor_.Advance(kInterval);
    page_.clear();
    exposition::Writer writer(page_, exposition::Format::kText);
    collector_->Write(writer, {});
    return page_.size();
  }

 private:
  async::FakeExecutor executor_;
  FakeEngine engine_;
  std::unique_ptr<Collector> collector_;
  std::string page_;
};

/// Files of cgroups and network tables that this process has open.
std::vector<int> OpenFigures() {
  std::vector<int> found;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    const std::string target = fs::read_symlink(entry.path(), closed).string();
    if (target.find("/fs/cgroup/") == std::string::npos && !target.ends_with("/net/dev")) continue;
    found.push_back(std::stoi(entry.path().filename().string()));
  }
  std::ranges::sort(found);
  return found;
}

/// Of each container, the files that say what it may use.
std::vector<std::vector<std::string>> LimitFiles(const kernel::Paths& paths,
                                                 const std::vector<Container>& containers) {
  CgroupTree tree(paths);
  std::vector<std::vector<std::string>> found;
  for (const Container& container : containers) {
    const auto path = tree.Locate(container.id, container.pid, "");
    if (!path) continue;
    auto& files = found.emplace_back();
    for (const auto& file : tree.Open(*path, kernel::KernelFile::Keep::kClosed)->LimitFiles()) {
      files.push_back(file.path);
    }
  }
  return found;
}

void CountEach(benchmark::State& state, size_t containers) {
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(containers),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void Scrape(benchmark::State& state, const kernel::Paths& paths, const std::vector<Container>& containers,
            size_t keep_open) {
  Machine machine(paths, containers, keep_open);
  size_t bytes = machine.Scrape();
  for (auto _ : state) benchmark::DoNotOptimize(bytes = machine.Scrape());
  CountEach(state, containers.size());
  state.counters["page"] = static_cast<double>(bytes);
}

void ReadAlone(benchmark::State& state, const kernel::Paths& paths,
               const std::vector<Container>& containers) {
  Machine machine(paths, containers, containers.size());
  benchmark::DoNotOptimize(machine.Scrape());
  const std::vector<int> files = OpenFigures();
  const auto limits = LimitFiles(paths, containers);
  std::array<char, size_t{16} << 10> text;
  size_t scrape = 0;
  for (auto _ : state) {
    for (const int file : files) benchmark::DoNotOptimize(::pread(file, text.data(), text.size(), 0));
    for (size_t i = scrape++ % kScrapesALimit; i < limits.size(); i += kScrapesALimit) {
      for (const std::string& path : limits[i]) {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        benchmark::DoNotOptimize(::pread(file, text.data(), text.size(), 0));
        ::close(file);
      }
    }
  }
  CountEach(state, containers.size());
  state.counters["files"] = static_cast<double>(files.size());
}

void ScrapeKeptOpen(benchmark::State& state) {
  const PlainTree tree(static_cast<int>(state.range(0)));
  Scrape(state, tree.paths(), tree.containers(), 1000);
  state.SetComplexityN(state.range(0));
}
void ScrapeOpenedAnew(benchmark::State& state) {
  const PlainTree tree(static_cast<int>(state.range(0)));
  Scrape(state, tree.paths(), tree.containers(), 0);
  state.SetComplexityN(state.range(0));
}
void ReadPlainAlone(benchmark::State& state) {
  const PlainTree tree(static_cast<int>(state.range(0)));
  ReadAlone(state, tree.paths(), tree.containers());
}

void ScrapeThisMachine(benchmark::State& state) {
  const std::vector<Container> containers = OfThisMachine();
  if (containers.empty()) return state.SkipWithError("no container runs here");
  Scrape(state, kernel::Paths(), containers, containers.size());
}
void ReadThisMachineAlone(benchmark::State& state) {
  const std::vector<Container> containers = OfThisMachine();
  if (containers.empty()) return state.SkipWithError("no container runs here");
  ReadAlone(state, kernel::Paths(), containers);
}

BENCHMARK(ScrapeKeptOpen)->Arg(1)->Arg(10)->Arg(40)->Arg(100)->Arg(200)->Arg(1000)->Complexity(benchmark::oN);
BENCHMARK(ScrapeOpenedAnew)->Arg(1)->Arg(100)->Arg(1000)->Complexity(benchmark::oN);
BENCHMARK(ReadPlainAlone)->Arg(1)->Arg(40)->Arg(200)->Arg(1000);
BENCHMARK(ScrapeThisMachine);
BENCHMARK(ReadThisMachineAlone);

}  // namespace
}  // namespace tocsin::containers
