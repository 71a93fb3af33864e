#include "alerting/web/query_api.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "alerting/web/json.h"

namespace tocsin::web {
namespace {

// As Prometheus: keeps a careless range query from filling the memory with points.
constexpr int64_t kMaxPointsPerSeries = 11'000;

std::optional<double> ParseNumber(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<Timestamp> ParseTime(std::string_view text) {
  // Beyond these seconds milliseconds no longer fit; Prometheus' own bounds are of the same size.
  constexpr double kMaxSeconds = 9.2e15;
  auto number = ParseNumber(text);
  if (number && std::fabs(*number) < kMaxSeconds) return Timestamp::FromSeconds(*number);
  if (auto time = ParseRfc3339(text); time && !number) return time;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot parse \"{}\" to a valid timestamp", text));
}

Result<Duration> ParseStep(std::string_view text) {
  constexpr double kMaxSeconds = 9.2e9;
  if (auto number = ParseNumber(text)) {
    if (std::fabs(*number) < kMaxSeconds) return Duration(static_cast<int64_t>(*number * 1000.0));
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot parse \"{}\" to a valid duration. It overflows int64", text));
  }
  if (auto duration = ParseDuration(text)) return duration;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot parse \"{}\" to a valid duration", text));
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

http::Response Answer(const Result<model::QueryResult>& result) {
  if (!result) return QueryFailure(result.error());
  std::string data;
  AppendJsonResult(data, *result);
  return Success(data, result->warnings, result->infos);
}

/// One request's reading of its parameters; the first that is wrong is what is answered.
class Parameters {
 public:
  explicit Parameters(const http::Request& request) : form_(request.Form()) {}

  std::string_view Text(std::string_view name) const { return form_.Get(name).value_or(""); }

  template <typename T>
  T Read(std::string_view name, Result<T> (*parse)(std::string_view)) {
    Result<T> value = parse(Text(name));
    if (value) return *value;
    Refuse(name, value.error().message());
    return T{};
  }
  void Refuse(std::string_view name, std::string_view reason) {
    if (!refusal_) refusal_ = BadParameter(name, reason);
  }
  const std::optional<http::Response>& refusal() const { return refusal_; }

 private:
  http::Parameters form_;
  std::optional<http::Response> refusal_;
};

Result<Timestamp> ParseInstantTime(std::string_view text) {
  auto time = ParseTime(text);
  if (!time) return Fail(time.error().WithContext("invalid time value for 'time'"));
  return time;
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
  Parameters in(request);
  Timestamp at = in.Text("time").empty() ? clock.Now() : in.Read("time", ParseInstantTime);
  if (in.refusal()) return *in.refusal();
  auto query = engine.Prepare(in.Text("query"));
  if (!query) return BadParameter("query", query.error().ToString());
  return Answer((*query)->Instant(at, request.stop));
}

http::Response Range(const model::QueryEngine& engine, const http::Request& request) {
  Parameters in(request);
  Timestamp start = in.Read("start", ParseTime);
  Timestamp end = in.Read("end", ParseTime);
  if (!in.refusal() && end < start) in.Refuse("end", "end timestamp must not be before start time");
  Duration step = in.refusal() ? Duration(1) : in.Read("step", ParseStep);
  if (!in.refusal() && step.count() <= 0) {
    in.Refuse("step",
              "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  if (in.refusal()) return *in.refusal();
  if ((end - start) / step > kMaxPointsPerSeries) {
    return Failure(400, "bad_data",
                   "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
                   "resolution (?step=XX)");
  }
  auto query = engine.Prepare(in.Text("query"));
  if (!query) return BadParameter("query", query.error().ToString());
  model::ValueType type = (*query)->type();
  if (type != model::ValueType::kScalar && type != model::ValueType::kVector) {
    return BadParameter("query",
                        fmt::format("invalid expression type \"{}\" for range query, must be Scalar or "
                                    "instant Vector",
                                    TypeText(type)));
  }
  return Answer((*query)->Range(start, end, step, request.stop));
}

}  // namespace

void AddQueryApi(http::Router& router, const model::QueryEngine& engine, const Clock& clock) {
  auto instant = [&](const http::Request& request) { return Instant(engine, clock, request); };
  auto range = [&](const http::Request& request) { return Range(engine, request); };
  for (const char* method : {"GET", "POST"}) {
    router.Handle(method, "/api/v1/query", http::SyncHandler(instant));
    router.Handle(method, "/api/v1/query_range", http::SyncHandler(range));
  }
}

}  // namespace tocsin::web
