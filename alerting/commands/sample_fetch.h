// The samples that expressions look at, from a Prometheus-compatible API.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "alerting/commands/remote.h"
#include "alerting/model/appender.h"
#include "alerting/model/series_source.h"
#include "base/error.h"
#include "base/time.h"

namespace tocsin::app {

struct FetchOptions {
  Timestamp from;  ///< of the evaluations that the samples are for
  Timestamp to;
  Duration lookback{300'000};
  uint64_t max_samples = 50'000'000;
  std::set<std::string> skip = {};  ///< names of series that are not wanted
};

/// Fetches what `selectors`, as PreparedQuery::Selectors() gives them, find in evaluations of the time asked
/// for, and appends it. An API's ranges hide stale markers: one is put where a series misses its next sample.
/// Returns how many samples there were; kResourceExhausted past the most.
Result<uint64_t> FetchSamples(Remote& remote, const std::vector<std::string>& selectors,
                              const FetchOptions& options, model::Appendable& to);

/// The same from a store at hand, whose stale markers are there to be seen.
Result<uint64_t> CopySamples(const model::SeriesSource& from, const std::vector<std::string>& selectors,
                             const FetchOptions& options, model::Appendable& to);

}  // namespace tocsin::app
