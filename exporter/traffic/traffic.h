// Log records to metrics: what the access logs tell of requests, upstreams and pools.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/parse/line_parser.h"
#include "exporter/parse/upstream_list.h"
#include "exporter/traffic/error_window.h"
#include "exporter/traffic/label_rule.h"
#include "exporter/traffic/pool_tracker.h"
#include "exporter/traffic/request_metrics.h"
#include "exporter/traffic/upstream_metrics.h"

namespace tocsin::traffic {

/// A server that is known to belong to a pool.
struct PoolServer {
  std::string pool;
  std::string address;  ///< as $upstream_addr has it
};

struct Options {
  std::vector<std::string> pools;      ///< known from the start: their series are there at zero
  std::vector<PoolServer> servers;     ///< for logs that don't name the pool
  std::vector<LabelRule> labels;       ///< at most LabelSets::kMostRules
  size_t error_window = 200;           ///< requests
  double error_rate_threshold = 0.02;  ///< as a ratio
  DurationBounds bounds;
  std::optional<DurationBounds> upstream_bounds;  ///< `bounds` when unset
  uint64_t series_limit = 10'000;
  /// How long a label set may count nothing before it is dropped; 0: for ever.
  Duration idle{24 * 60 * 60 * 1000};
};

/// Not thread safe: belongs to the strand that reads the logs. Allocates nothing for a record like those
/// before it.
class Traffic {
 public:
  /// What a request was beside a number.
  struct Noted {
    NameTable::Id pool = NameTable::kAbsent;
    bool is_error = false;  ///< counted as an error by the error window
    bool was_retried = false;
    bool changed_pool = false;  ///< with it the serving pool changed
  };

  explicit Traffic(Options options);
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  /// Counts one request that ended at `at` by the clock that Write() is told, too. kBadNumber when a number
  /// in it could not be read and was left out.
  parse::LineFault Count(const parse::LogRecord& record, Timestamp at);
  /// Of the record that was counted last.
  const Noted& noted() const { return noted_; }
  /// "" of one that has no pool.
  const std::string& PoolName(NameTable::Id pool) const { return pools_.Name(pool); }
  /// The pool that a server belongs to as far as is known; "" when it is not.
  const std::string& PoolOfServer(std::string_view address) const {
    return pools_.Name(upstreams_.PoolOf(address));
  }

  /// The upstream servers that have been tried, and their pools.
  std::vector<std::pair<std::string, std::string>> Servers() const { return upstreams_.Servers(); }

  /// All families of it. `now` ages the error window and drops what was idle.
  void Write(exposition::Writer& writer, Timestamp now);

  /// Everything that a restart must not lose.
  void Save(checkpoint::Writer& out) const;
  /// Into one that has counted nothing. After a failure it is to be thrown away: part may have been taken.
  Status Restore(checkpoint::Reader& in);

  const SeriesBudget& budget() const { return budget_; }
  /// For others that count what logs say.
  SeriesBudget& budget() { return budget_; }
  const ErrorWindow& error_window() const { return window_; }

 private:
  /// The last request that was an ordinary one: answered well by the serving pool, at the first attempt, as
  /// nearly all are. One whose texts are the same where that is decided needs no decision.
  struct Ordinary {
    bool is_known = false;
    std::string pool_name;
    std::string release;
    std::string address;
    std::string upstream_status;
    std::string status;
    NameTable::Id pool = NameTable::kAbsent;
    UpstreamMetrics::Outcome outcome;
  };

  parse::LineFault CountWithoutUpstream(const parse::LogRecord& record, Timestamp at);
  parse::LineFault CountAny(const parse::LogRecord& record, Timestamp at);
  bool IsOrdinary(const parse::LogRecord& record) const;
  bool IsStillOrdinary() const;
  void RememberIfOrdinary(const parse::LogRecord& record);
  NameTable::Id PoolFor(std::string_view name);
  void AddPool(NameTable::Id pool);
  bool HasPool(NameTable::Id pool) const { return pool < has_pool_.size() && has_pool_[pool]; }
  uint64_t SeriesPerPool() const;
  void ReadAttempts(const parse::LogRecord& record);
  bool ReadOnlyAttempt(const parse::LogRecord& record);
  bool IsError(int own_status) const;
  PoolTracker::Answer AnswerOf(NameTable::Id pool, int own_status) const;
  bool ActivePoolFailed() const;
  void DropIdle(Timestamp now);
  Status RestoreAll(checkpoint::Reader& in);

  Options options_;
  SeriesBudget budget_;
  NameTable pools_;
  std::vector<bool> has_pool_;
  DurationBounds upstream_bounds_;
  RequestMetrics requests_;
  UpstreamMetrics upstreams_;
  PoolTracker tracker_;
  ErrorWindow window_;
  Timestamp looked_for_idle_at_;
  Noted noted_;
  std::vector<parse::Attempt> attempts_;  ///< of the record at hand, unless it was ordinary
  Ordinary ordinary_;
};

}  // namespace tocsin::traffic
