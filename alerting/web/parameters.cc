#include "alerting/web/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "alerting/promql/parse/parser.h"
#include "alerting/web/json.h"

namespace tocsin::web {
namespace {

std::optional<double> ParseNumber(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool MatchesEverything(const model::Matchers& matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [](const model::Matcher& m) { return m.Matches(""); });
}

}  // namespace

Result<Timestamp> ParseTime(std::string_view text) {
  // Beyond these seconds milliseconds no longer fit; Prometheus' own bounds are of the same size.
  constexpr double kMaxSeconds = 9.2e15;
  auto number = ParseNumber(text);
  if (number && std::fabs(*number) < kMaxSeconds) return Timestamp::FromSeconds(*number);
  if (auto time = ParseRfc3339(text); time && !number) return time;
  // What Prometheus' own clients send for "from the beginning" and "to the end".
  if (text == "-292273086-05-16T16:47:06Z") return Timestamp::Min();
  if (text == "292277025-08-18T07:12:54.999999999Z") return Timestamp::Max();
  return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot parse \"{}\" to a valid timestamp", text));
}

Result<Duration> ParseStep(std::string_view text) {
  constexpr double kMaxSeconds = 9.2e9;
  if (auto number = ParseNumber(text)) {
    if (std::isnan(*number)) return Duration::min();  // as Go converts it: refused like a negative one
    if (std::fabs(*number) < kMaxSeconds) return Duration(static_cast<int64_t>(*number * 1000.0));
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot parse \"{}\" to a valid duration. It overflows int64", text));
  }
  if (auto duration = ParseDuration(text)) return duration;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot parse \"{}\" to a valid duration", text));
}

Timestamp ParameterReader::Time(std::string_view name, Timestamp fallback) {
  if (Text(name).empty()) return fallback;
  Result<Timestamp> time = ParseTime(Text(name));
  if (time) return *time;
  Refuse(name, fmt::format("invalid time value for '{}': {}", name, time.error().message()));
  return fallback;
}

size_t ParameterReader::Limit() {
  const std::string_view text = Text("limit");
  if (text.empty()) return 0;
  int64_t limit = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc{} || end != text.data() + text.size()) {
    Refuse("limit", fmt::format("strconv.Atoi: parsing {}: invalid syntax", model::Quote(text)));
  } else if (limit < 0) {
    Refuse("limit", "limit must be non-negative");
  }
  return limit > 0 ? static_cast<size_t>(limit) : 0;
}

model::TimeRange ParameterReader::Range() {
  const Timestamp start = Time("start", Timestamp::Min());
  return {start, Time("end", Timestamp::Max())};
}

std::vector<model::Matchers> ParameterReader::Selectors(std::string_view name) {
  std::vector<model::Matchers> selectors;
  auto refuse = [&](std::string_view reason) { name.empty() ? Refuse(reason) : Refuse(name, reason); };
  for (std::string_view text : form_.All("match[]")) {
    auto matchers = promql::ParseSelector(text);
    if (text.empty()) {
      refuse("unknown position: parse error: unexpected end of input");
    } else if (!matchers) {
      refuse(matchers.error().ToString());
    } else if (MatchesEverything(*matchers)) {
      refuse("match[] must contain at least one non-empty matcher");
    } else {
      selectors.push_back(std::move(*matchers));
    }
  }
  return selectors;
}

void ParameterReader::Refuse(std::string_view name, std::string_view reason) {
  if (!refusal_) refusal_ = BadParameter(name, reason);
}

void ParameterReader::Refuse(std::string_view message) {
  if (!refusal_) refusal_ = Failure(400, "bad_data", message);
}

}  // namespace tocsin::web
