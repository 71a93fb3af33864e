// Log records to metrics: what the access logs tell of requests, upstreams and pools.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/parse/line_parser.h"
#include "exporter/parse/upstream_list.h"
#include "exporter/traffic/error_window.h"
#include "exporter/traffic/pool_tracker.h"
#include "exporter/traffic/request_metrics.h"
#include "exporter/traffic/upstream_metrics.h"

namespace tocsin::traffic {

struct Options {
  std::vector<std::string> pools;      ///< known from the start: their series are there at zero
  size_t error_window = 200;           ///< requests
  double error_rate_threshold = 0.02;  ///< as a ratio
  DurationBounds bounds;
  uint64_t series_limit = 10'000;
};

/// Not thread safe: belongs to the strand that reads the logs. Allocates nothing for a record like those
/// before it.
class Traffic {
 public:
  explicit Traffic(Options options);
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  /// Counts one request that ended at `at` by the clock that Write() is told, too. kBadNumber when a number
  /// in it could not be read and was left out.
  parse::LineFault Count(const parse::LogRecord& record, Timestamp at);

  /// All families of it. `now` ages the error window.
  void Write(exposition::Writer& writer, Timestamp now);

  const SeriesBudget& budget() const { return budget_; }
  const ErrorWindow& error_window() const { return window_; }

 private:
  NameTable::Id PoolFor(std::string_view name);
  void AddPool(NameTable::Id pool);
  bool HasPool(NameTable::Id pool) const { return pool < has_pool_.size() && has_pool_[pool]; }
  void ReadAttempts(const parse::LogRecord& record);
  bool IsError(const parse::LogRecord& record) const;
  PoolTracker::Answer AnswerOf(NameTable::Id pool, const parse::LogRecord& record) const;

  Options options_;
  SeriesBudget budget_;
  NameTable pools_;
  std::vector<bool> has_pool_;
  RequestMetrics requests_;
  UpstreamMetrics upstreams_;
  PoolTracker tracker_;
  ErrorWindow window_;
  std::vector<parse::Attempt> attempts_;  ///< of the record at hand
};

}  // namespace tocsin::traffic
