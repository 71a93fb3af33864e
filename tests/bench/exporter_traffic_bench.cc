// Counting records that are parsed already: as they are, and with labels of the user's own.
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "exporter/parse/log_record.h"
#include "exporter/traffic/label_rule.h"
#include "exporter/traffic/traffic.h"

namespace tocsin::traffic {
namespace {

using parse::Field;

struct Line {
  std::string request;
  std::string host;
  std::string request_time;
  bool retried;
};

/// Paths with a number in them, 20 hosts, every fiftieth request retried.
std::vector<Line> MakeLines() {
  constexpr int kLines = 4096;
  std::vector<Line> lines;
  lines.reserve(kLines);
  for (int i = 0; i < kLines; ++i) {
    lines.push_back({"GET /api/users/" + std::to_string(i * 7919) + "/orders HTTP/1.1",
                     "host" + std::to_string(i % 20) + ".example", "0.0" + std::to_string(10 + i % 90),
                     i % 50 == 0});
  }
  return lines;
}

void CountAll(benchmark::State& state, Options options) {
  const std::vector<Line> lines = MakeLines();
  Traffic traffic(std::move(options));
  Timestamp now = Timestamp::FromMillis(1'700'000'000'000);
  parse::LogRecord record;
  for (auto _ : state) {
    for (const Line& line : lines) {
      record.Clear();
      record.Set(Field::kRequest, line.request);
      record.Set(Field::kHost, line.host);
      record.Set(Field::kStatus, "200");
      record.Set(Field::kBodyBytesSent, "5123");
      record.Set(Field::kRequestTime, line.request_time);
      record.Set(Field::kUpstreamAddr, line.retried ? "172.18.0.2:3000, 172.18.0.3:3000" : "172.18.0.2:3000");
      record.Set(Field::kUpstreamStatus, line.retried ? "500, 200" : "200");
      record.Set(Field::kUpstreamResponseTime, line.retried ? "0.002, 0.030" : "0.030");
      record.Set(Field::kPool, line.retried ? "green" : "blue");
      record.Set(Field::kRelease, line.retried ? "green-1" : "blue-1");
      benchmark::DoNotOptimize(traffic.Count(record, now));
    }
    now = now + Duration{1};
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(lines.size()));
}

LabelRule Rule(LabelRule::Options options) { return *LabelRule::Make(std::move(options)); }

void Count(benchmark::State& state) { CountAll(state, {}); }
BENCHMARK(Count);

void CountByHost(benchmark::State& state) {
  Options options;
  options.labels = {Rule({"host", {Field::kHost, 0}, {}, {}, {}})};
  CountAll(state, options);
}
BENCHMARK(CountByHost);

void CountByHostAndRoute(benchmark::State& state) {
  std::vector<std::string> routes = {"/", "/api/users/:id", "/api/users/:id/orders", "/static/*"};
  for (int i = 0; i < 50; ++i) routes.push_back("/api/thing" + std::to_string(i) + "/:id");
  Options options;
  options.labels = {Rule({"host", {Field::kHost, 0}, {}, {}, {}}),
                    Rule({"route", {Field::kUri, 0}, std::move(routes), {}, {}})};
  CountAll(state, options);
}
BENCHMARK(CountByHostAndRoute);

void CountByExpression(benchmark::State& state) {
  Options options;
  options.labels = {
      Rule({"shop", {Field::kHost, 0}, {}, {{"host([0-9])[0-9]*[.]example", true, "shop-$1"}}, {}})};
  CountAll(state, options);
}
BENCHMARK(CountByExpression);

}  // namespace
}  // namespace tocsin::traffic
