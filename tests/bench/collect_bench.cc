// What a line of a scrape costs: the first time it is seen, and again and again. `per_line` is in
// nanoseconds.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "alerting/collect/scrape/ingest.h"
#include "alerting/store/store.h"

namespace tocsin::collect {
namespace {

constexpr size_t kFamilies = 100;
constexpr size_t kSeries = 100;
constexpr size_t kPiece = size_t{16} << 10;  // as libcurl hands a body on
constexpr auto kLines = static_cast<double>(kFamilies * kSeries);

std::string Page(size_t version, bool timestamps, bool reversed = false) {
  std::string page;
  for (size_t f = 0; f < kFamilies; ++f) {
    const size_t family = reversed ? kFamilies - 1 - f : f;
    page += fmt::format("# HELP m_{0}_total made up\n# TYPE m_{0}_total counter\n", family);
    for (size_t s = 0; s < kSeries; ++s) {
      page += fmt::format(
          "m_{}_total{{instance=\"10.0.0.{}:9100\",pool=\"{}\",code=\"{}\",path=\"/api/v1/r{}\"}} {}", family,
          s, s % 2 == 0 ? "green" : "blue", 200 + s % 5 * 100, s % 17, version * (s + 1) * 3);
      if (timestamps) page += fmt::format(" {}", version * 1000);
      page += '\n';
    }
  }
  return page;
}

/// Takes everything and keeps nothing: what is left is the scrape's own cost.
class NoStore final : public model::Appendable {
 public:
  std::unique_ptr<model::Appender> MakeAppender() override { return std::make_unique<Batch>(); }

 private:
  class Batch final : public model::Appender {
   public:
    Result<model::SeriesRef> Append(model::SeriesRef /*ref*/, const model::Labels& labels, Timestamp /*at*/,
                                    model::SampleValue /*value*/) override {
      return labels.hash() | 1;
    }
    void AppendKnown(Timestamp /*at*/, std::span<const model::KnownSample> samples,
                     std::vector<model::RefusedSample>& /*refused*/) override {
      benchmark::DoNotOptimize(samples.data());
    }
    Status Commit() override { return {}; }
    void Rollback() override {}
  };
};

const Ingester::Settings kSettings{.target_labels = {{"instance", "h:1"}, {"job", "j"}}};

void Scrape(Ingester& ingester, model::Appendable& store, const std::string& page, size_t version) {
  const auto appender = store.MakeAppender();
  IngestCounts counts;
  ingester.Begin(BodyFormat::kText, Timestamp::FromMillis(static_cast<int64_t>(version * 1000)), *appender,
                 counts);
  for (size_t at = 0; at < page.size(); at += kPiece)
    ingester.Take(std::string_view(page).substr(at, kPiece));
  if (!ingester.Finish() || !appender->Commit() || counts.scraped != kFamilies * kSeries) std::abort();
}

void Count(benchmark::State& state) {
  state.counters["per_line"] = benchmark::Counter(static_cast<double>(state.iterations()) * kLines / 1e9,
                                                  benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_Cold(benchmark::State& state) {
  const std::string page = Page(1, false);
  NoStore store;
  for (auto _ : state) {
    Ingester ingester(kSettings);
    Scrape(ingester, store, page, 1);
  }
  Count(state);
}
BENCHMARK(BM_Cold);

template <typename Store>
void Repeat(benchmark::State& state, Store& store, bool timestamps) {
  std::vector<std::string> pages;
  constexpr size_t kPages = 8;
  for (size_t version = 1; version <= kPages; ++version) pages.push_back(Page(version, timestamps));
  Ingester ingester(kSettings);
  size_t version = 0;
  for (auto _ : state) {
    ++version;
    Scrape(ingester, store, pages[version % kPages], version);
  }
  Count(state);
}

void BM_Repeated(benchmark::State& state) {
  NoStore store;
  Repeat(state, store, false);
}
BENCHMARK(BM_Repeated);

void BM_RepeatedWithTimestamps(benchmark::State& state) {
  NoStore store;
  Repeat(state, store, true);
}
BENCHMARK(BM_RepeatedWithTimestamps);

void BM_RepeatedIntoTheStore(benchmark::State& state) {
  store::Store store;
  Repeat(state, store, false);
}
BENCHMARK(BM_RepeatedIntoTheStore);

/// A target whose order changes with each scrape.
void BM_Reordered(benchmark::State& state) {
  const std::string pages[] = {Page(1, false), Page(2, false, true)};
  NoStore store;
  Ingester ingester(kSettings);
  size_t version = 0;
  for (auto _ : state) {
    ++version;
    Scrape(ingester, store, pages[version % 2], version);
  }
  Count(state);
}
BENCHMARK(BM_Reordered);

}  // namespace
}  // namespace tocsin::collect
