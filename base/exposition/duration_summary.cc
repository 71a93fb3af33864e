#include "base/exposition/duration_summary.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace tocsin::exposition {
namespace {

using Time = DurationSummary::Time;

constexpr Time kSlice = std::chrono::minutes(2);
constexpr int kDigits = 5;  // binary ones, behind the first
constexpr uint64_t kLongest = uint64_t{1} << 44;

/// Durations below 64 ns are exact; above, each power of two has 32 cells.
size_t CellOf(Time took) {
  const uint64_t value = std::min(static_cast<uint64_t>(took.count()), kLongest);
  if (value < (uint64_t{2} << kDigits)) return value;
  const int shift = static_cast<int>(std::bit_width(value)) - 1 - kDigits;
  return (static_cast<size_t>(shift) << kDigits) + (value >> shift);
}

/// The middle of a cell.
double MiddleOf(size_t cell) {
  if (cell < (size_t{2} << kDigits)) return static_cast<double>(cell);
  const auto shift = static_cast<int>((cell >> kDigits) - 1);
  const uint64_t first = (cell & ((size_t{1} << kDigits) - 1)) + (size_t{1} << kDigits);
  return std::ldexp(static_cast<double>(first) + 0.5, shift);
}

double Seconds(double nanoseconds) { return nanoseconds / 1e9; }

}  // namespace

void DurationSummary::Observe(Time took, Time now) {
  took = std::max(took, Time(0));
  const int64_t number = now / kSlice;
  const size_t cell = CellOf(took);
  const std::lock_guard lock(mutex_);
  ++count_;
  sum_ += took;
  Slice& slice = slices_[static_cast<size_t>(number) % slices_.size()];
  if (slice.number != number) {
    std::fill(slice.counts.begin(), slice.counts.end(), 0);
    slice.number = number;
    slice.least = took;
    slice.most = took;
  }
  if (slice.counts.size() <= cell) slice.counts.resize(cell + 1);
  if (slice.counts[cell] < std::numeric_limits<uint32_t>::max()) ++slice.counts[cell];
  slice.least = std::min(slice.least, took);
  slice.most = std::max(slice.most, took);
}

SummaryReading DurationSummary::Read(std::span<const double> quantiles, Time now) const {
  const int64_t number = now / kSlice;
  SummaryReading reading;
  std::vector<uint64_t> counts;
  uint64_t total = 0;
  Time least = Time::max();
  Time most = Time::min();
  {
    const std::lock_guard lock(mutex_);
    reading.count = count_;
    reading.sum = Seconds(static_cast<double>(sum_.count()));
    for (const Slice& slice : slices_) {
      const auto slices = static_cast<int64_t>(slices_.size());
      if (slice.number < 0 || slice.number > number || slice.number <= number - slices) continue;
      if (counts.size() < slice.counts.size()) counts.resize(slice.counts.size());
      for (size_t cell = 0; cell < slice.counts.size(); ++cell) {
        counts[cell] += slice.counts[cell];
        total += slice.counts[cell];
      }
      least = std::min(least, slice.least);
      most = std::max(most, slice.most);
    }
  }
  reading.quantiles.reserve(quantiles.size());
  for (const double quantile : quantiles) {
    if (total == 0) {
      reading.quantiles.emplace_back(quantile, std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const auto rank =
        std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(total))));
    // The extremes are known exactly.
    if (rank == 1 || rank >= total) {
      reading.quantiles.emplace_back(quantile,
                                     Seconds(static_cast<double>((rank == 1 ? least : most).count())));
      continue;
    }
    size_t cell = 0;
    for (uint64_t passed = counts[0]; passed < rank && cell + 1 < counts.size();) passed += counts[++cell];
    const double value =
        std::clamp(MiddleOf(cell), static_cast<double>(least.count()), static_cast<double>(most.count()));
    reading.quantiles.emplace_back(quantile, Seconds(value));
  }
  return reading;
}

void WriteSummary(Writer& writer, std::string_view labels, const SummaryReading& reading) {
  for (const auto& [quantile, value] : reading.quantiles) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.begin(), text.end(), quantile).ptr;
    writer.Sample(WithLabel(labels, "quantile", {text.begin(), end}), value);
  }
  writer.Sample(labels, reading.sum, "_sum");
  writer.Sample(labels, reading.count, "_count");
}

}  // namespace tocsin::exposition
