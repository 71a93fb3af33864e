// How long things take, for a summary: their count and sum since the start, and quantiles over the last ten
// minutes, a window as Prometheus' client libraries have it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/exposition/writer.h"

namespace tocsin::exposition {

struct SummaryReading {
  std::vector<std::pair<double, double>> quantiles;  ///< and their values in seconds; NaN of an empty window
  uint64_t count = 0;
  double sum = 0;  ///< seconds
};

/// Thread safe. At most 32 KB: durations are counted by their first six binary digits, so that a quantile is
/// at most 1.6 % beside the duration that it stands for, and above four hours all are alike.
class DurationSummary {
 public:
  using Time = std::chrono::nanoseconds;

  /// `now` is of a clock that is not set, of the same one in all calls.
  void Observe(Time took, Time now);
  SummaryReading Read(std::span<const double> quantiles, Time now) const;

 private:
  /// What was observed in a fifth of the window.
  struct Slice {
    int64_t number = -1;  ///< of the slice of time, counted from the clock's zero
    std::vector<uint32_t> counts;
    Time least{0};
    Time most{0};
  };

  mutable std::mutex mutex_;
  std::array<Slice, 5> slices_;
  uint64_t count_ = 0;
  Time sum_{0};
};

/// The samples of one summary; its family is open.
void WriteSummary(Writer& writer, std::string_view labels, const SummaryReading& reading);

}  // namespace tocsin::exposition
