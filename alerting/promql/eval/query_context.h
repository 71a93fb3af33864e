// What all parts of one query's evaluation share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>

#include "alerting/model/series_source.h"
#include "alerting/promql/eval/columns.h"
#include "base/clock.h"
#include "base/time.h"

namespace tocsin::promql {

struct QueryLimits {
  Duration lookback = std::chrono::minutes(5);
  Duration default_subquery_step = std::chrono::minutes(1);
  size_t max_samples = 50'000'000;
};

class Round;

/// Lives for one evaluation; one thread.
struct QueryContext {
  const model::SeriesSource& source;
  const Clock& clock;
  QueryLimits limits;
  Timestamp deadline;
  std::stop_token stop;
  int64_t start = 0;  ///< of the whole query: what @ start() and @ end() mean
  int64_t end = 0;
  Annotations notes;
  size_t samples = 0;         ///< in memory now
  size_t peak_samples = 0;    ///< the most there were
  uint64_t samples_read = 0;  ///< by selectors, at each step anew
  Round* round = nullptr;     ///< what other queries found and may want; null outside of a round

  /// kCanceled or kTimeout when there is no point in going on.
  Status CheckAlive() const;
  /// The same for each of many series: looks now and then, as asking for the time costs more than a series.
  Status CheckAliveAt(size_t number) const {
    constexpr size_t kBetween = 128;
    return number % kBetween == 0 ? CheckAlive() : Status();
  }
  /// Counts what was loaded or made until it is released; kResourceExhausted past the limit.
  Status CountSamples(size_t more);
  /// The same failure where so many are, or might as well be, in memory at a time.
  Status NotePeak(size_t at_a_time);
  void ReleaseSamples(size_t fewer) { samples -= fewer; }
};

}  // namespace tocsin::promql
