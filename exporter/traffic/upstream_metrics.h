// The families nginx_upstream_*: each attempt on an upstream server, and which pool that server belongs to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/parse/upstream_list.h"
#include "exporter/traffic/duration_histogram.h"
#include "exporter/traffic/http_terms.h"
#include "exporter/traffic/name_table.h"
#include "exporter/traffic/series_budget.h"

namespace tocsin::traffic {

/// `pools`, `bounds` and `budget` must outlive it.
class UpstreamMetrics {
 public:
  UpstreamMetrics(const NameTable& pools, const DurationBounds& bounds, SeriesBudget& budget)
      : names_(pools), bounds_(bounds), budget_(budget) {}

  static constexpr uint64_t kSeriesPerPool = 1;
  void AddPool(NameTable::Id pool);
  /// A server that the configuration names: it belongs to `pool` whatever answers say, and never expires.
  void AddServer(std::string_view address, NameTable::Id pool);

  /// Which pool a server belongs to: that of the answer it gave last. NameTable::kAbsent when it gave none
  /// yet.
  NameTable::Id PoolOf(std::string_view address) const;

  /// The servers' addresses and the names of their pools, "" while they have given no answer.
  std::vector<std::pair<std::string, std::string>> Servers() const;

  /// Counts a request's attempts, in order. `pool` answered the request, by its last attempt; `named` tells
  /// that the log itself said so, and then the server is known to belong to it.
  void Count(std::span<const parse::Attempt> attempts, NameTable::Id pool, bool named, Timestamp at);

  /// Where the attempts on one server with one outcome are counted; valid until the next ExpireBefore() or
  /// Restore(), as long as the server belongs to the pool.
  struct Outcome {
    NameTable::Id server = NameTable::kOther;
    size_t cell = 0;
  };
  /// Of an attempt that has been counted, was the last of its request and came from `pool`, and whose server
  /// is known to belong to that; nullopt when any of this is not so.
  std::optional<Outcome> OutcomeOf(const parse::Attempt& attempt, NameTable::Id pool) const;
  /// The server of that outcome belongs to `pool`.
  bool Belongs(Outcome outcome, NameTable::Id pool) const { return upstreams_[outcome.server].pool == pool; }
  /// Count() of one attempt with that outcome.
  void CountAgain(Outcome outcome, int64_t micros, Timestamp at) {
    Upstream& upstream = upstreams_[outcome.server];
    upstream.used_at = at;
    ++upstream.cells[outcome.cell].attempts;
    if (micros == parse::kNoMicros) return;
    upstream.durations.Observe(bounds_, micros);
    upstream.timed = true;
  }

  /// Drops the servers on which nothing was tried since `time`.
  void ExpireBefore(Timestamp time);

  /// `with_retries`: of the pools at zero too, though no attempt was seen.
  void Write(exposition::Writer& writer, bool with_retries) const;

  void Save(checkpoint::Writer& out) const;
  /// `ids` are those of the pools by the numbers that they had when saved; all of them have been added.
  /// Buckets that are others than then begin at zero.
  Status Restore(checkpoint::Reader& in, std::span<const NameTable::Id> ids);

 private:
  struct Cell {
    NameTable::Id pool = NameTable::kAbsent;
    size_t status = 0;  ///< kStatusCount when the log has none
    std::string labels;
    uint64_t attempts = 0;
  };
  struct Upstream {
    explicit Upstream(const DurationBounds& bounds) : durations(bounds) {}
    NameTable::Id pool = NameTable::kAbsent;
    NameTable::Id places_pool = NameTable::kAbsent;   ///< whose attempts `places` finds
    std::array<uint16_t, kStatusCount + 1> places{};  ///< in `cells`, plus one; the last without status
    std::vector<Cell> cells;
    DurationHistogram durations;
    Timestamp used_at;
    bool timed = false;
    bool stays = false;
    bool open = false;
  };
  struct Pool {
    std::string labels;
    uint64_t retries = 0;
    bool open = false;
  };

  NameTable::Id UpstreamFor(std::string_view address);
  Upstream& Open(NameTable::Id id);
  Cell& CellFor(NameTable::Id id, NameTable::Id pool, size_t status);
  Cell& OverflowCell();
  Cell& OpenCell(NameTable::Id id, NameTable::Id pool, size_t status);
  void WriteDurations(exposition::Writer& writer) const;
  void SaveUpstream(checkpoint::Writer& out, NameTable::Id id) const;
  void RestoreUpstream(checkpoint::Reader& in, std::span<const NameTable::Id> ids, bool same_bounds);

  const NameTable& names_;
  const DurationBounds& bounds_;
  SeriesBudget& budget_;
  NameTable addresses_;
  std::vector<Upstream> upstreams_;  ///< by id in addresses_
  std::vector<Pool> pools_;          ///< by the pools' ids
  bool saw_attempts_ = false;
};

}  // namespace tocsin::traffic
