#include "alerting/web/query_api.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "alerting/web/json.h"
#include "alerting/web/parameters.h"

namespace tocsin::web {
namespace {

// As Prometheus: keeps a careless range query from filling the memory with points.
constexpr double kMaxPointsPerSeries = 11'000;

/// Whole steps between the times, which may be as far apart as can be.
double Points(Timestamp start, Timestamp end, Duration step) {
  const double span = static_cast<double>(end.millis()) - static_cast<double>(start.millis());
  return std::floor(span / static_cast<double>(step.count()));
}

http::Response QueryFailure(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kCanceled:
      return Failure(499, "canceled", error.message());
    case ErrorCode::kTimeout:
      return Failure(503, "timeout", error.message());
    case ErrorCode::kUnavailable:
      return Failure(503, "unavailable", error.message());
    case ErrorCode::kInternal:
    case ErrorCode::kIo:
      return Failure(500, "internal", error.message());
    default:
      return Failure(422, "execution", error.message());
  }
}

/// What a request says besides the expression and the times.
struct Wishes {
  size_t limit = 0;
  bool stats = false;
  model::QueryOptions options;
};

void ReadOptions(ParameterReader& in, Wishes& wishes) {
  wishes.stats = !in.Text("stats").empty();
  if (!in.Text("timeout").empty()) wishes.options.timeout = in.Read("timeout", ParseStep);
  if (in.Text("lookback_delta").empty()) return;
  Result<Duration> lookback = ParseStep(in.Text("lookback_delta"));
  if (lookback)
    wishes.options.lookback = *lookback;
  else
    in.Refuse("error parsing lookback delta duration: " + lookback.error().message());
}

/// Cuts the result down to `limit` series; true when that took something away.
bool Truncate(model::QueryResult& result, size_t limit) {
  if (limit == 0) return false;
  auto cut = [limit](auto& series) {
    if (series.size() <= limit) return false;
    series.resize(limit);
    return true;
  };
  if (auto* vector = std::get_if<model::Vector>(&result.value)) return cut(*vector);
  if (auto* matrix = std::get_if<model::Matrix>(&result.value)) return cut(*matrix);
  return false;
}

/// Prometheus answers ten of each and says how many more there are.
void KeepTen(std::vector<std::string>& notes, std::string_view kind) {
  constexpr size_t kMost = 10;
  if (notes.size() <= kMost) return;
  const size_t more = notes.size() - kMost;
  notes.resize(kMost);
  notes.push_back(fmt::format("{} more {} annotations omitted", more, kind));
}

std::string StatsJson(const model::QueryStats& stats, double seconds) {
  return fmt::format(
      ",\"stats\":{{\"timings\":{{\"evalTotalTime\":{0},\"resultSortTime\":0,\"queryPreparationTime\":0,"
      "\"innerEvalTime\":{0},\"execQueueTime\":0,\"execTotalTime\":{0}}},\"samples\":{{"
      "\"totalQueryableSamples\":{1},\"peakSamples\":{2}}}}}}}",
      seconds, stats.samples, stats.peak_samples);
}

/// Runs `ask` and answers what comes of it.
template <typename Ask>
http::Response Answer(const Clock& clock, const Wishes& wishes, Ask ask) {
  if (wishes.options.timeout && wishes.options.timeout->count() <= 0) {
    return Failure(422, "execution", "context deadline exceeded");
  }
  const Timestamp begin = clock.Now();
  Result<model::QueryResult> result = ask();
  if (!result) return QueryFailure(result.error());
  KeepTen(result->warnings, "warning");
  KeepTen(result->infos, "info");
  if (Truncate(*result, wishes.limit)) result->warnings.emplace_back("results truncated due to limit");
  std::string body = BeginSuccess();
  AppendJsonResult(body, *result);
  if (wishes.stats) {
    body.pop_back();
    body += StatsJson(result->stats, static_cast<double>((clock.Now() - begin).count()) / 1000.0);
  }
  return EndSuccess(std::move(body), result->warnings, result->infos);
}

std::string_view TypeText(model::ValueType type) {
  switch (type) {
    case model::ValueType::kScalar:
      return "scalar";
    case model::ValueType::kVector:
      return "instant vector";
    case model::ValueType::kMatrix:
      return "range vector";
    case model::ValueType::kString:
      return "string";
  }
  return "";
}

http::Response Instant(const model::QueryEngine& engine, const Clock& clock, const http::Request& request) {
  ParameterReader in(request);
  Wishes wishes;
  wishes.limit = in.Limit();
  const Timestamp at = in.Time("time", clock.Now());
  ReadOptions(in, wishes);
  if (in.refusal()) return *in.refusal();
  auto query = engine.PrepareWith(in.Text("query"), wishes.options);
  if (!query) return BadParameter("query", query.error().ToString());
  return Answer(clock, wishes, [&] { return (*query)->Instant(at, request.stop); });
}

http::Response Range(const model::QueryEngine& engine, const Clock& clock, const http::Request& request) {
  ParameterReader in(request);
  Wishes wishes;
  wishes.limit = in.Limit();
  const Timestamp start = in.Read("start", ParseTime);
  const Timestamp end = in.Read("end", ParseTime);
  if (!in.refusal() && end < start) in.Refuse("end", "end timestamp must not be before start time");
  const Duration step = in.refusal() ? Duration(1) : in.Read("step", ParseStep);
  if (!in.refusal() && step.count() <= 0) {
    in.Refuse("step",
              "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  if (!in.refusal() && Points(start, end, step) > kMaxPointsPerSeries) {
    in.Refuse(
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
        "(?step=XX)");
  }
  ReadOptions(in, wishes);
  if (in.refusal()) return *in.refusal();
  auto query = engine.PrepareWith(in.Text("query"), wishes.options);
  if (!query) return BadParameter("query", query.error().ToString());
  const model::ValueType type = (*query)->type();
  if (type != model::ValueType::kScalar && type != model::ValueType::kVector) {
    return BadParameter("query",
                        fmt::format("invalid expression type \"{}\" for range query, must be Scalar or "
                                    "instant Vector",
                                    TypeText(type)));
  }
  return Answer(clock, wishes, [&] { return (*query)->Range(start, end, step, request.stop); });
}

}  // namespace

void AddQueryApi(http::Router& router, const model::QueryEngine& engine, const Clock& clock,
                 const QueryGate& gate) {
  auto instant = [&](const http::Request& request) { return Instant(engine, clock, request); };
  auto range = [&](const http::Request& request) { return Range(engine, clock, request); };
  for (const char* method : {"GET", "POST"}) {
    router.Handle(method, "/api/v1/query", gate.Guard(instant));
    router.Handle(method, "/api/v1/query_range", gate.Guard(range));
  }
}

}  // namespace tocsin::web
