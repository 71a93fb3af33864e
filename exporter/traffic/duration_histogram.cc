#include "exporter/traffic/duration_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tocsin::traffic {

DurationBounds::DurationBounds()
    : DurationBounds({0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}) {}

DurationBounds::DurationBounds(std::vector<double> seconds) : seconds_(std::move(seconds)) {
  for (const double bound : seconds_) micros_.push_back(std::llround(bound * 1e6));
  micros_.push_back(std::numeric_limits<int64_t>::max());
  for (size_t cell = 0; cell < kCells; ++cell) {
    const auto begin = static_cast<int64_t>(cell << kCellBits);
    const size_t first = Search(begin);
    const size_t last = Search(begin + (int64_t{1} << kCellBits) - 1);
    first_[cell] = last - first > 1 ? kMixed : static_cast<uint8_t>(first);
  }
}

size_t DurationBounds::Search(int64_t micros) const {
  return static_cast<size_t>(std::lower_bound(micros_.begin(), micros_.end(), micros) - micros_.begin());
}

Status DurationBounds::Check(const std::vector<double>& seconds) {
  constexpr size_t kMost = 100;
  if (seconds.empty()) return Fail(ErrorCode::kInvalidArgument, "there are no buckets");
  if (seconds.size() > kMost) return Fail(ErrorCode::kInvalidArgument, "there are more than 100 buckets");
  double last = 0;
  for (const double bound : seconds) {
    if (!(bound >= 1e-6 && bound <= 1e9))
      return Fail(ErrorCode::kInvalidArgument, "a bucket's bound is a number of seconds above 0");
    if (bound <= last) return Fail(ErrorCode::kInvalidArgument, "the buckets' bounds do not ascend");
    last = bound;
  }
  return {};
}

void DurationHistogram::Write(exposition::Writer& writer, std::string_view labels,
                              const DurationBounds& bounds) const {
  writer.Histogram(labels, bounds.seconds(), counts_, static_cast<double>(sum_micros_) / 1e6);
}

void DurationHistogram::Add(const DurationHistogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  sum_micros_ += other.sum_micros_;
}

void DurationHistogram::Save(checkpoint::Writer& out) const {
  out.Int(counts_.size());
  for (const uint64_t count : counts_) out.Int(count);
  out.SignedInt(sum_micros_);
}

void DurationHistogram::Restore(checkpoint::Reader& in) {
  std::vector<uint64_t> counts(in.Count());
  for (uint64_t& count : counts) count = in.Int();
  const int64_t sum = in.SignedInt();
  if (counts.size() != counts_.size()) return;
  counts_ = std::move(counts);
  sum_micros_ = sum;
}

}  // namespace tocsin::traffic
