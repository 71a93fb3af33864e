// Request and upstream times in buckets.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/exposition/writer.h"
#include "exporter/checkpoint/codec.h"

namespace tocsin::traffic {

/// The upper bounds, ascending, as the configuration gives them in seconds. Shared by the histograms of a
/// family.
class DurationBounds {
 public:
  /// Prometheus' customary bounds, 5 ms to 10 s.
  DurationBounds();
  explicit DurationBounds(std::vector<double> seconds);
  /// kInvalidArgument for bounds that no histogram can have: not ascending, not positive, too many.
  static Status Check(const std::vector<double>& seconds);

  const std::vector<double>& seconds() const { return seconds_; }
  const std::vector<int64_t>& micros() const { return micros_; }
  /// What one histogram costs: its buckets with +Inf, sum and count.
  uint64_t series() const { return seconds_.size() + 3; }

 private:
  std::vector<double> seconds_;
  std::vector<int64_t> micros_;
};

/// Counts in whole microseconds, so that the sum is exact.
class DurationHistogram {
 public:
  explicit DurationHistogram(const DurationBounds& bounds) : counts_(bounds.seconds().size() + 1) {}

  void Observe(const DurationBounds& bounds, int64_t micros);
  void Write(exposition::Writer& writer, std::string_view labels, const DurationBounds& bounds) const;

  /// Adds what the other one counted; both have the same bounds.
  void Add(const DurationHistogram& other);
  void Save(checkpoint::Writer& out) const;
  /// What was saved, when it has as many buckets as this one; nothing otherwise.
  void Restore(checkpoint::Reader& in);

 private:
  std::vector<uint64_t> counts_;
  int64_t sum_micros_ = 0;
};

}  // namespace tocsin::traffic
