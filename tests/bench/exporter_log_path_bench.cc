// The way of a log line: splitting, each parser, counting, and all of it. Rates are lines and bytes a second
// on one core; nothing is read from a disk.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "exporter/parse/error_log.h"
#include "exporter/parse/format_parser.h"
#include "exporter/parse/json_parser.h"
#include "exporter/parse/known_formats.h"
#include "exporter/parse/upstream_list.h"
#include "exporter/tail/line_buffer.h"
#include "exporter/traffic/traffic.h"

namespace tocsin {
namespace {

constexpr int kLines = 20'000;

/// Lines of two pools, every fiftieth retried, as the shipped log format writes them.
std::string MakeJson() {
  std::string log;
  for (int i = 0; i < kLines; ++i) {
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

/// The same requests in nginx's combined format.
std::string MakeCombined() {
  std::string log;
  for (int i = 0; i < kLines; ++i) {
    const std::string number = std::to_string(i);
    log += "172.18.0." + std::to_string(i % 250) + " - - [30/Oct/2025:21:00:00 +0000] \"GET /api/users/" +
           number + " HTTP/1.1\" 200 " + number +
           " \"https://example.org/\" \"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
           "Firefox/128.0\"\n";
  }
  return log;
}

std::string MakeErrors() {
  std::string log;
  for (int i = 0; i < kLines; ++i) {
    log +=
        "2026/11/20 20:13:00 [error] 31#31: *" + std::to_string(i) +
        " connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, "
        "server: , "
        "request: \"GET /api HTTP/1.1\", upstream: \"http://127.0.0.1:8081/api\", host: \"127.0.0.1:8080\"\n";
  }
  return log;
}

const std::string& Json() {
  static const std::string log = MakeJson();
  return log;
}

const std::string& Combined() {
  static const std::string log = MakeCombined();
  return log;
}

/// Calls `take` with each line that reading the log gives.
template <typename Take>
void ReadLog(std::string_view log, Take take) {
  tail::LineBuffer buffer;
  while (!log.empty()) {
    const auto space = buffer.Space();
    const size_t size = std::min(space.size(), log.size());
    std::copy_n(log.data(), size, space.data());
    log.remove_prefix(size);
    buffer.Commit(size);
    for (auto lines = buffer.Next(); !lines.empty(); lines = buffer.Next()) {
      for (const lines::Line& line : lines) take(line);
    }
  }
}

void Report(benchmark::State& state, const std::string& log) {
  state.SetItemsProcessed(state.iterations() * kLines);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(log.size()));
}

parse::FormatParser CombinedParser() {
  return {*parse::ParseLogFormat(parse::FindKnownFormat("combined")->text), {}};
}

void Split(benchmark::State& state, const std::string& log) {
  for (auto _ : state) {
    size_t bytes = 0;
    ReadLog(log, [&](const lines::Line& line) { bytes += line.text.size() + line.mark_count; });
    benchmark::DoNotOptimize(bytes);
  }
  Report(state, log);
}
void SplitJson(benchmark::State& state) { Split(state, Json()); }
BENCHMARK(SplitJson);
void SplitCombined(benchmark::State& state) { Split(state, Combined()); }
BENCHMARK(SplitCombined);

template <typename Parser>
void Parse(benchmark::State& state, const std::string& log, Parser parser) {
  parse::LogRecord record;
  for (auto _ : state) {
    ReadLog(log, [&](const lines::Line& line) { benchmark::DoNotOptimize(parser.Parse(line, record)); });
  }
  Report(state, log);
}
void ParseJson(benchmark::State& state) { Parse(state, Json(), parse::JsonParser()); }
BENCHMARK(ParseJson);
void ParseCombined(benchmark::State& state) { Parse(state, Combined(), CombinedParser()); }
BENCHMARK(ParseCombined);

void ParseErrorLog(benchmark::State& state) {
  const std::string log = MakeErrors();
  for (auto _ : state) {
    ReadLog(log, [](const lines::Line& line) { benchmark::DoNotOptimize(parse::ParseErrorLine(line.text)); });
  }
  Report(state, log);
}
BENCHMARK(ParseErrorLog);

/// Three lists of two elements are one item.
void ReadAttempts(benchmark::State& state) {
  parse::LogRecord record;
  record.Clear();
  record.Set(parse::Field::kUpstreamAddr, "172.18.0.2:3000, 172.18.0.3:3000");
  record.Set(parse::Field::kUpstreamStatus, "502, 200");
  record.Set(parse::Field::kUpstreamResponseTime, "0.002, 0.023");
  for (auto _ : state) {
    parse::AttemptReader reader(record);
    parse::Attempt attempt;
    while (reader.Next(attempt)) benchmark::DoNotOptimize(attempt);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ReadAttempts);

/// What --nginx.log-format='…' costs, once.
void CompileLogFormat(benchmark::State& state) {
  const std::string_view text = parse::FindKnownFormat("upstreaminfo")->text;
  for (auto _ : state) benchmark::DoNotOptimize(parse::FormatParser(*parse::ParseLogFormat(text), {}));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CompileLogFormat);

template <typename Parser>
void Whole(benchmark::State& state, const std::string& log, Parser parser) {
  parse::LogRecord record;
  traffic::Traffic traffic({});
  const auto now = Timestamp::FromMillis(1'700'000'000'000);
  for (auto _ : state) {
    ReadLog(log, [&](const lines::Line& line) {
      if (IsUsable(parser.Parse(line, record))) benchmark::DoNotOptimize(traffic.Count(record, now));
    });
  }
  Report(state, log);
}
void WholePathJson(benchmark::State& state) { Whole(state, Json(), parse::JsonParser()); }
BENCHMARK(WholePathJson);
void WholePathCombined(benchmark::State& state) { Whole(state, Combined(), CombinedParser()); }
BENCHMARK(WholePathCombined);

}  // namespace
}  // namespace tocsin
