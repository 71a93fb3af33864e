#include "exporter/traffic/duration_histogram.h"

#include <cmath>
#include <utility>

namespace tocsin::traffic {

DurationBounds::DurationBounds()
    : DurationBounds({0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}) {}

DurationBounds::DurationBounds(std::vector<double> seconds) : seconds_(std::move(seconds)) {
  for (const double bound : seconds_) micros_.push_back(std::llround(bound * 1e6));
}

void DurationHistogram::Observe(const DurationBounds& bounds, int64_t micros) {
  size_t bucket = 0;
  while (bucket < bounds.micros().size() && micros > bounds.micros()[bucket]) ++bucket;
  ++counts_[bucket];
  sum_micros_ += micros;
}

void DurationHistogram::Write(exposition::Writer& writer, std::string_view labels,
                              const DurationBounds& bounds) const {
  writer.Histogram(labels, bounds.seconds(), counts_, static_cast<double>(sum_micros_) / 1e6);
}

}  // namespace tocsin::traffic
