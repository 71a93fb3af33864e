// Points in time and spans of it, as the ecosystem counts them: milliseconds.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tocsin {

using Duration = std::chrono::milliseconds;

/// Milliseconds since the Unix epoch, UTC. A strong type, so that seconds or a duration can't slip in.
class Timestamp {
 public:
  constexpr Timestamp() = default;
  static constexpr Timestamp FromMillis(int64_t millis) { return Timestamp(millis); }
  /// Rounds to the nearest millisecond, as Prometheus' API does with its float seconds.
  static Timestamp FromSeconds(double seconds);
  static constexpr Timestamp Min() { return Timestamp(std::numeric_limits<int64_t>::min()); }
  static constexpr Timestamp Max() { return Timestamp(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t millis() const { return millis_; }
  constexpr double seconds() const { return static_cast<double>(millis_) / 1000.0; }

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Timestamp operator+(Timestamp t, Duration d) { return Timestamp(t.millis_ + d.count()); }
  friend constexpr Timestamp operator-(Timestamp t, Duration d) { return Timestamp(t.millis_ - d.count()); }
  friend constexpr Duration operator-(Timestamp a, Timestamp b) { return Duration(a.millis_ - b.millis_); }

 private:
  constexpr explicit Timestamp(int64_t millis) : millis_(millis) {}
  int64_t millis_ = 0;
};

/// Prometheus' duration syntax: "1h30m", "5m", "250ms", "0"; units y w d h m s ms, largest first, each once.
/// kInvalidArgument with Prometheus' wording otherwise.
Result<Duration> ParseDuration(std::string_view text);

/// The shortest form of the same syntax: "1h30m", "0s".
std::string FormatDuration(Duration duration);

/// RFC 3339 in UTC with milliseconds when there are any: "2026-11-20T20:13:00.250Z".
std::string FormatRfc3339(Timestamp t);

/// RFC 3339 with any zone offset; kInvalidArgument otherwise.
Result<Timestamp> ParseRfc3339(std::string_view text);

}  // namespace tocsin
