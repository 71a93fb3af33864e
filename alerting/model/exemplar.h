// Exemplars: what a target names as an example of a sample's making, as a trace's id.
#pragma once

#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/matcher.h"
#include "alerting/model/series_source.h"
#include "base/time.h"

namespace tocsin::model {

struct Exemplar {
  Labels labels;
  double value = 0;
  Timestamp timestamp;
  bool timed = true;  ///< the target told the time; else it is the scrape's
  friend bool operator==(const Exemplar&, const Exemplar&) = default;
};

struct SeriesExemplars {
  Labels labels;                    ///< the series'
  std::vector<Exemplar> exemplars;  ///< oldest first
};

/// Where a scrape's exemplars go. Thread safe.
class ExemplarSink {
 public:
  virtual ~ExemplarSink() = default;
  /// Of a series, in the order of time; one that is older than the series' newest, or equal to it (but for
  /// the time, when the target told none), is dropped.
  virtual void Add(const Labels& series, Exemplar exemplar) = 0;
};

/// Where they are asked for. Thread safe.
class ExemplarSource {
 public:
  virtual ~ExemplarSource() = default;
  /// Of the series that all matchers of any list accept, those in the closed range; series without one are
  /// left out. In the order of labels.
  virtual std::vector<SeriesExemplars> Exemplars(const std::vector<Matchers>& any_of,
                                                 TimeRange range) const = 0;
};

}  // namespace tocsin::model
