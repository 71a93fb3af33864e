// Where PromQL gets its series from. The embedded store is one; a test's table of numbers is another.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/matcher.h"
#include "alerting/model/sample.h"

namespace tocsin::model {

/// One series' samples in columns, oldest first, timestamps strictly ascending, stale markers included. The
/// spans are valid for as long as `pin` lives, whatever is appended meanwhile.
struct Series {
  Labels labels;
  std::span<const int64_t> timestamps;  ///< milliseconds
  std::span<const double> values;       ///< as long as timestamps; where a histogram stands, a NaN
  /// Empty when all samples are floats; else as long as timestamps, null where a float stands.
  std::span<const std::shared_ptr<const Histogram>> histograms;
  std::shared_ptr<const void> pin;
};

/// A closed interval [start, end], as storage counts; PromQL's left-open windows are made by the evaluator.
struct TimeRange {
  Timestamp start;
  Timestamp end;
};

/// Thread safe. Appending goes on while a result is read; it shows a consistent prefix of each series.
class SeriesSource {
 public:
  virtual ~SeriesSource() = default;

  /// Series that every matcher accepts and that have a sample in the range, in the order of their labels.
  /// Errors: kCanceled, kTimeout, kResourceExhausted, kIo.
  virtual Result<std::vector<Series>> Select(const Matchers& matchers, TimeRange range,
                                             std::stop_token stop) const = 0;
};

/// What metadata queries need besides samples. All sorted; `limit` 0 means no limit.
class LabelSource {
 public:
  virtual ~LabelSource() = default;
  virtual Result<std::vector<Labels>> SeriesLabels(const std::vector<Matchers>& any_of, TimeRange range,
                                                   size_t limit) const = 0;
  virtual Result<std::vector<std::string>> LabelNames(const std::vector<Matchers>& any_of, TimeRange range,
                                                      size_t limit) const = 0;
  virtual Result<std::vector<std::string>> LabelValues(const std::string& name,
                                                       const std::vector<Matchers>& any_of, TimeRange range,
                                                       size_t limit) const = 0;
};

}  // namespace tocsin::model
