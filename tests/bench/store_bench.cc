// The store: appending with and without its log, selecting by each kind of matcher, replay, and what a series
// and a sample take after four hours. Time is simulated: scrapes of 5 s follow each other at once.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include "alerting/store/store.h"
#include "base/clock.h"

namespace {

using namespace tocsin;

constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kInterval = 5'000;

/// Of the process, without what is mapped from files.
double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  double shared = 0;
  statm >> total >> resident >> shared;
  return (resident - shared) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin_bench.XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::unique_ptr<store::Store> OpenStore(const std::filesystem::path& folder, const Clock& clock) {
  store::DiskOptions disk;
  disk.folder = folder;
  auto opened = store::Store::Open({.max_series = 10'000'000}, disk, clock, {});
  (void)(*opened)->Load();
  return std::move(*opened);
}

/// What scrapes of so many series write: 100 to a metric, counters that grow by uneven whole numbers.
class Scraper {
 public:
  explicit Scraper(size_t series) : refs_(series), values_(series) {
    labels_.reserve(series);
    for (size_t i = 0; i < series; ++i) {
      labels_.push_back({{"__name__", "bench_metric_" + std::to_string(i / 100) + "_total"},
                         {"code", std::to_string(200 + i % 5 * 100)},
                         {"instance", "10.0.0." + std::to_string(i % 100) + ":9100"},
                         {"job", "bench"},
                         {"path", "/api/v1/r" + std::to_string(i % 17)},
                         {"pool", i % 2 == 0 ? "green" : "blue"}});
    }
  }

  /// One sample of each series.
  void Scrape(store::Store& store, int64_t time) {
    auto appender = store.MakeAppender();
    for (size_t i = 0; i < refs_.size(); ++i) {
      random_ = random_ * 6364136223846793005u + 1442695040888963407u;
      values_[i] += static_cast<double>((random_ >> 33) % 100);
      refs_[i] = appender->Append(refs_[i], labels_[i], Timestamp::FromMillis(time), values_[i]).value_or(0);
    }
    (void)appender->Commit();
  }
  size_t series() const { return refs_.size(); }

 private:
  std::vector<model::Labels> labels_;
  std::vector<model::SeriesRef> refs_;
  std::vector<double> values_;
  uint64_t random_ = 1;
};

void Append(benchmark::State& state, bool on_disk) {
  const SystemClock clock;
  const Folder folder;
  auto store = on_disk ? OpenStore(folder.path(), clock) : std::make_unique<store::Store>();
  Scraper scraper(static_cast<size_t>(state.range(0)));
  int64_t time = kStart;
  scraper.Scrape(*store, time);
  for (auto _ : state) scraper.Scrape(*store, time += kInterval);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void Select(benchmark::State& state, std::vector<model::Matcher> matchers, int64_t range) {
  static Scraper scraper(100'000);
  static const std::unique_ptr<store::Store> kStore = [] {
    auto store = std::make_unique<store::Store>();
    for (int64_t k = 0; k < 120; ++k) scraper.Scrape(*store, kStart + k * kInterval);
    return store;
  }();
  const int64_t end = kStart + 119 * kInterval;
  size_t found = 0;
  for (auto _ : state) {
    auto series =
        kStore->Select(matchers, {Timestamp::FromMillis(end - range), Timestamp::FromMillis(end)}, {});
    found = series->size();
    benchmark::DoNotOptimize(series);
  }
  state.counters["series"] = static_cast<double>(found);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(found));
}

void Replay(benchmark::State& state) {
  const SystemClock clock;
  const Folder folder;
  Scraper scraper(static_cast<size_t>(state.range(0)));
  constexpr int64_t kScrapes = 100;
  {
    auto store = OpenStore(folder.path(), clock);
    for (int64_t k = 0; k < kScrapes; ++k) scraper.Scrape(*store, kStart + k * kInterval);
  }
  for (auto _ : state) benchmark::DoNotOptimize(OpenStore(folder.path(), clock));
  state.SetItemsProcessed(state.iterations() * state.range(0) * kScrapes);
}

/// Four hours of scrapes with the upkeep that a program gives it; what is left at the end.
void FourHours(benchmark::State& state) {
  for (auto _ : state) {
    FakeClock clock(Timestamp::FromMillis(kStart));
    const Folder folder;
    Scraper scraper(static_cast<size_t>(state.range(0)));
    malloc_trim(0);
    const size_t before = mallinfo2().uordblks;
    const double resident_before = ResidentBytes();
    auto store = OpenStore(folder.path(), clock);
    constexpr int64_t kScrapes = 4 * 720;
    for (int64_t k = 0; k < kScrapes; ++k) {
      scraper.Scrape(*store, clock.Now().millis());
      clock.Advance(Duration(kInterval));
      store->Upkeep(clock.Now());
    }
    const store::StoreStats stats = store->stats();
    const auto series = static_cast<double>(scraper.series());
    const auto& segments = stats.disk.segments;
    state.counters["memory_per_series"] = static_cast<double>(mallinfo2().uordblks - before) / series;
    state.counters["resident_per_series"] = (ResidentBytes() - resident_before) / series;
    state.counters["index_and_samples_per_series"] = static_cast<double>(stats.memory_bytes) / series;
    state.counters["disk_per_sample"] =
        static_cast<double>(segments.bytes) / static_cast<double>(segments.samples);
    state.counters["segments"] = static_cast<double>(segments.files);
    state.SetItemsProcessed(kScrapes * state.range(0));
  }
}

model::Matcher Make(model::MatchOp op, const char* name, const char* value) {
  return *model::Matcher::Make(op, name, value);
}

const model::Matcher kOneMetric = model::Matcher::Equal("__name__", "bench_metric_500_total");

BENCHMARK_CAPTURE(Append, memory, false)->Arg(100'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(Append, wal, true)->Arg(100'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(Select, name_1m, {kOneMetric}, 60'000);
BENCHMARK_CAPTURE(Select, name_10m, {kOneMetric}, 600'000);
BENCHMARK_CAPTURE(Select, name_and_5xx_1m, {kOneMetric, Make(model::MatchOp::kRegex, "code", "5..")}, 60'000);
BENCHMARK_CAPTURE(Select, equal_of_100k, {model::Matcher::Equal("path", "/api/v1/r3")}, 60'000);
BENCHMARK_CAPTURE(Select, literals_of_100k, {Make(model::MatchOp::kRegex, "path", "/api/v1/r3|/api/v1/r4")},
                  60'000);
BENCHMARK_CAPTURE(Select, prefix_of_100k, {Make(model::MatchOp::kRegex, "__name__", "bench_metric_77.*")},
                  60'000);
BENCHMARK_CAPTURE(Select, contains_of_100k, {Make(model::MatchOp::kRegex, "__name__", ".*_77.*")}, 60'000);
BENCHMARK_CAPTURE(Select, re2_of_100k,
                  {Make(model::MatchOp::kRegex, "__name__", "bench_metric_7[78]\\d_total")}, 60'000);
BENCHMARK_CAPTURE(Select, not_equal_of_100k,
                  {Make(model::MatchOp::kRegex, "__name__", "bench_metric_77.*"),
                   Make(model::MatchOp::kNotEqual, "pool", "blue")},
                  60'000);
BENCHMARK(Replay)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(FourHours)->Arg(100'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
