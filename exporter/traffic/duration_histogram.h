// Request and upstream times in buckets.
#pragma once

#include <array>
#include <cstddef>
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
  /// The number of the bucket that a duration belongs to; seconds_.size() is the one without a bound.
  size_t BucketOf(int64_t micros) const {
    const auto cell = static_cast<uint64_t>(micros) >> kCellBits;
    if (cell >= kCells || first_[cell] == kMixed) return Search(micros);
    const size_t first = first_[cell];
    return first + (micros > micros_[first] ? 1 : 0);
  }
  /// What one histogram costs: its buckets with +Inf, sum and count.
  uint64_t series() const { return seconds_.size() + 3; }

 private:
  // Where a search ends nobody can foretell, so a branch on it is dear: the first second is cut into cells of
  // about a millisecond, and for each it is known which bucket its beginning belongs to.
  static constexpr unsigned kCellBits = 10;
  static constexpr size_t kCells = 1024;
  static constexpr uint8_t kMixed = 0xFF;  ///< several bounds are in the cell

  size_t Search(int64_t micros) const;

  std::vector<double> seconds_;
  std::vector<int64_t> micros_;  ///< with one more that nothing exceeds
  std::array<uint8_t, kCells> first_{};
};

/// Counts in whole microseconds, so that the sum is exact.
class DurationHistogram {
 public:
  explicit DurationHistogram(const DurationBounds& bounds) : counts_(bounds.seconds().size() + 1) {}

  void Observe(const DurationBounds& bounds, int64_t micros) {
    ++counts_[bounds.BucketOf(micros)];
    sum_micros_ += micros;
  }
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
