// The way of a log line: splitting, parsing, counting, and all of it. Rates are lines and bytes a second on
// one core.
#include <algorithm>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "exporter/parse/json_parser.h"
#include "exporter/tail/line_buffer.h"
#include "exporter/traffic/traffic.h"

namespace tocsin {
namespace {

/// Lines of two pools, every fiftieth retried, as the shipped log format writes them.
std::string MakeLog(int lines) {
  std::string log;
  for (int i = 0; i < lines; ++i) {
    const std::string number = std::to_string(i);
    const std::string time = "0.0" + std::to_string(10 + i % 90);
    const bool retried = i % 50 == 0;
    log += R"({"time":"2025-10-30T21:00:00+00:00","remote_addr":"172.18.0.)" + std::to_string(i % 250) +
           R"(","request":"GET /api/users/)" + number + R"( HTTP/1.1","status":200,"body_bytes_sent":)" +
           number + R"(,"upstream_status":")" + (retried ? "500, 200" : "200") + R"(","upstream_addr":")" +
           (retried ? "172.18.0.2:3000, 172.18.0.3:3000" : "172.18.0.2:3000") + R"(","request_time":)" +
           time + R"(,"upstream_response_time":")" + (retried ? "0.002, " + time : time) + R"(","pool":")" +
           (retried ? "green" : "blue") + R"(","release":")" + (retried ? "green" : "blue") +
           "-release-1\"}\n";
  }
  return log;
}

const std::string& Log() {
  static const std::string log = MakeLog(20'000);
  return log;
}

/// Calls `take` with each batch of lines that reading the log gives.
template <typename Take>
void ReadLog(Take take) {
  tail::LineBuffer buffer;
  std::vector<std::string_view> lines;
  std::string_view rest = Log();
  while (!rest.empty()) {
    const auto space = buffer.Space();
    const size_t size = std::min(space.size(), rest.size());
    std::copy_n(rest.data(), size, space.data());
    rest.remove_prefix(size);
    lines.clear();
    buffer.Commit(size, lines);
    take(lines);
  }
}

void Report(benchmark::State& state) {
  const auto lines = std::count(Log().begin(), Log().end(), '\n');
  state.SetItemsProcessed(state.iterations() * lines);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(Log().size()));
}

void SplitLines(benchmark::State& state) {
  for (auto _ : state) {
    size_t bytes = 0;
    ReadLog([&](const auto& lines) {
      for (const std::string_view line : lines) bytes += line.size();
    });
    benchmark::DoNotOptimize(bytes);
  }
  Report(state);
}
BENCHMARK(SplitLines);

void ParseJson(benchmark::State& state) {
  parse::JsonParser parser;
  parse::LogRecord record;
  for (auto _ : state) {
    ReadLog([&](const auto& lines) {
      for (const std::string_view line : lines) benchmark::DoNotOptimize(parser.Parse(line, record));
    });
  }
  Report(state);
}
BENCHMARK(ParseJson);

void WholePath(benchmark::State& state) {
  parse::JsonParser parser;
  parse::LogRecord record;
  traffic::Traffic traffic({});
  const auto now = Timestamp::FromMillis(1'700'000'000'000);
  for (auto _ : state) {
    ReadLog([&](const auto& lines) {
      for (const std::string_view line : lines) {
        if (IsUsable(parser.Parse(line, record))) benchmark::DoNotOptimize(traffic.Count(record, now));
      }
    });
  }
  Report(state);
}
BENCHMARK(WholePath);

}  // namespace
}  // namespace tocsin
