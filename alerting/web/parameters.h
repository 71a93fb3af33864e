// What Prometheus' API reads from a request: times, durations, limits, selectors.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "alerting/model/series_source.h"
#include "base/http/server.h"
#include "base/time.h"

namespace tocsin::web {

/// Seconds with a fraction, or RFC 3339.
Result<Timestamp> ParseTime(std::string_view text);
/// Seconds with a fraction, or Prometheus' durations.
Result<Duration> ParseStep(std::string_view text);

/// One request's reading of its parameters; the first that is wrong is what is answered, in Prometheus'
/// words.
class ParameterReader {
 public:
  explicit ParameterReader(const http::Request& request) : form_(request.Form()) {}

  std::string_view Text(std::string_view name) const { return form_.Get(name).value_or(""); }
  const http::Parameters& form() const { return form_; }

  template <typename T>
  T Read(std::string_view name, Result<T> (*parse)(std::string_view)) {
    Result<T> value = parse(Text(name));
    if (value) return *value;
    Refuse(name, value.error().message());
    return T{};
  }
  /// `fallback` when it is not given.
  Timestamp Time(std::string_view name, Timestamp fallback);
  /// 0 when it is not given: no limit.
  size_t Limit();
  /// `start` and `end`, by default all of time.
  model::TimeRange Range();
  /// Every `match[]`. What is wrong with one is said as of a parameter with that name, or by itself.
  std::vector<model::Matchers> Selectors(std::string_view name = "");

  void Refuse(std::string_view name, std::string_view reason);
  void Refuse(std::string_view message);
  const std::optional<http::Response>& refusal() const { return refusal_; }

 private:
  http::Parameters form_;
  std::optional<http::Response> refusal_;
};

}  // namespace tocsin::web
