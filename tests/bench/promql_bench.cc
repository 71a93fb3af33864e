// Range queries of 240 steps over 10,000 series of an hour at 15 s: what a dashboard asks. The script
// promql_side_by_side.py asks Prometheus the same over the same samples.
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include <benchmark/benchmark.h>

#include "alerting/promql/engine.h"
#include "alerting/store/store.h"
#include "base/clock.h"

namespace {

using namespace tocsin;

constexpr int kSeries = 10'000;
constexpr int kSamples = 262;
constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kInterval = 15'000;

void Fill(store::Store& store, const model::Labels& labels, int factor) {
  auto appender = store.MakeAppender();
  model::SeriesRef ref = 0;
  for (int k = 0; k < kSamples; ++k) {
    auto at = Timestamp::FromMillis(kStart + k * kInterval);
    ref = appender->Append(ref, labels, at, static_cast<double>(k * factor % 1000)).value_or(0);
  }
  (void)appender->Commit();
}

/// Filled once; every benchmark reads it.
const store::Store& Store() {
  static const std::unique_ptr<store::Store> kStore = [] {
    auto store = std::make_unique<store::Store>();
    constexpr const char* kBounds[] = {"0.1", "0.5", "1", "5", "+Inf"};
    for (int i = 0; i < kSeries; ++i) {
      const std::string job = "job" + std::to_string(i % 10);
      const std::string instance = "host" + std::to_string(i / 10) + ":9100";
      Fill(*store, {{"__name__", "requests_total"}, {"job", job}, {"instance", instance}}, i % 7 + 1);
      Fill(*store,
           {{"__name__", "latency_bucket"}, {"instance", std::to_string(i / 5)}, {"le", kBounds[i % 5]}},
           i % 5 + 1);
      if (i % 10 == 0) Fill(*store, {{"__name__", "host_info"}, {"instance", instance}, {"rack", "a"}}, 0);
    }
    return store;
  }();
  return *kStore;
}

void Ask(benchmark::State& state, const char* expression) {
  const SystemClock clock;
  promql::EngineOptions options;
  options.limits.max_samples = 500'000'000;
  const promql::Engine engine(Store(), clock, options);
  auto query = engine.Prepare(expression);
  if (!query) return state.SkipWithError(query.error().ToString().c_str());
  const Timestamp start = Timestamp::FromMillis(kStart + 20 * kInterval);
  const Timestamp end = start + Duration(239 * kInterval);
  for (auto _ : state) {
    auto result = (*query)->Range(start, end, Duration(kInterval), {});
    if (!result) return state.SkipWithError(result.error().ToString().c_str());
    benchmark::DoNotOptimize(result);
  }
  state.SetLabel(expression);
}

#define ASK(name, expression) \
  BENCHMARK_CAPTURE(Ask, name, expression)->Unit(benchmark::kMillisecond)->MinTime(1)
ASK(selector, "requests_total");
ASK(sum_by_rate, "sum by (job) (rate(requests_total[5m]))");
ASK(rate, "rate(requests_total[5m])");
ASK(increase, "increase(requests_total[5m])");
ASK(delta, "delta(requests_total[5m])");
ASK(irate, "irate(requests_total[5m])");
ASK(deriv, "deriv(requests_total[5m])");
ASK(changes, "changes(requests_total[5m])");
ASK(avg_over_time, "avg_over_time(requests_total[5m])");
ASK(max_over_time, "max_over_time(requests_total[5m])");
ASK(quantile_over_time, "quantile_over_time(0.9, requests_total[5m])");
ASK(stddev_over_time, "stddev_over_time(requests_total[5m])");
ASK(sum_by, "sum by (job) (requests_total)");
ASK(topk, "topk(5, requests_total)");
ASK(join, "requests_total * on (instance) group_left (rack) host_info");
ASK(histogram_quantile, "histogram_quantile(0.9, rate(latency_bucket[5m]))");
#undef ASK

}  // namespace

BENCHMARK_MAIN();
