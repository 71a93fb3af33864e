// A scrape of containers over a tree of cgroup v2 as it would be with so many of them: what one costs must
// not grow with their number. The files are plain ones, so that the kernel's own work in making them up is
// not in it; on cgroup files that adds some microseconds a container.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "base/async/fake_executor.h"
#include "exporter/containers/collector.h"
#include "tests/exporter/containers/fakes.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::containers {
namespace {

namespace fs = std::filesystem;

const std::string kFixture = TOCSIN_SOURCE_DIR "/tests/exporter/containers/fixture/v2";

std::string IdOf(int number) {
  std::string id = std::to_string(number);
  return std::string(64 - id.size(), '0') + id;
}

class Machine {
 public:
  Machine(int containers, size_t keep_open) {
    const std::string groups = folder_ / "sys/fs/cgroup/";
    fs::create_directories(groups + "system.slice");
    tail::Overwrite(groups + "cgroup.controllers", "cpu\n");
    for (int i = 0; i < containers; ++i) {
      fs::copy(kFixture + "/sys/fs/cgroup/system.slice/docker-" + kV2Id + ".scope",
               groups + "system.slice/docker-" + IdOf(i) + ".scope");
      const std::string process = folder_ / ("proc/" + std::to_string(i + 1) + "/net");
      fs::create_directories(process);
      fs::copy(kFixture + "/proc/77/net/dev", process + "/dev");
    }
    kernel::Paths paths;
    paths.rootfs = folder_ / "";
    paths.FollowRoot();
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
    for (int i = 0; i < containers; ++i) {
      Container container = Running(IdOf(i), "shop-web-" + std::to_string(i));
      container.pid = static_cast<uint64_t>(i) + 1;
      container.labels = {{"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "web"}};
      collector_->registry().Update(std::move(container));
    }
  }

  size_t Scrape() {
    page_.clear();
    exposition::Writer writer(page_, exposition::Format::kText);
    collector_->Write(writer, {});
    return page_.size();
  }

 private:
  tail::ScratchFolder folder_;
  async::FakeExecutor executor_;
  FakeEngine engine_;
  std::unique_ptr<Collector> collector_;
  std::string page_;
};

void Scrape(benchmark::State& state, size_t keep_open) {
  Machine machine(static_cast<int>(state.range(0)), keep_open);
  size_t bytes = machine.Scrape();
  for (auto _ : state) benchmark::DoNotOptimize(bytes = machine.Scrape());
  state.SetComplexityN(state.range(0));
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(state.range(0)),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["page"] = static_cast<double>(bytes);
}
void ScrapeKeptOpen(benchmark::State& state) { Scrape(state, 1000); }
void ScrapeOpenedAnew(benchmark::State& state) { Scrape(state, 0); }

BENCHMARK(ScrapeKeptOpen)->Arg(1)->Arg(10)->Arg(40)->Arg(100)->Arg(200)->Arg(1000)->Complexity(benchmark::oN);
BENCHMARK(ScrapeOpenedAnew)->Arg(1)->Arg(100)->Arg(1000)->Complexity(benchmark::oN);

}  // namespace
}  // namespace tocsin::containers
