// Series shown one after another: who looks at each only once needs memory for one at a time.
#pragma once

#include <functional>
#include <span>
#include <stop_token>

#include "alerting/model/series_source.h"

namespace tocsin::model {

/// One series of floats while it is shown; valid until the visit ends.
struct SeriesView {
  const Labels& labels;
  std::span<const int64_t> timestamps;  ///< as of Series
  std::span<const double> values;
};

/// What a SeriesSource may be besides. Thread safe.
class SeriesStream {
 public:
  virtual ~SeriesStream() = default;

  /// Shows what Select() would return, in the same order, until a visit fails, and then returns its error;
  /// else errors as of Select().
  virtual Status ForEach(const Matchers& matchers, TimeRange range, const std::stop_token& stop,
                         const std::function<Status(const SeriesView&)>& visit) const = 0;
};

}  // namespace tocsin::model
