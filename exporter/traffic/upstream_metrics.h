// The families nginx_upstream_*: each attempt on an upstream server, and which pool that server belongs to.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/exposition/writer.h"
#include "exporter/parse/upstream_list.h"
#include "exporter/traffic/duration_histogram.h"
#include "exporter/traffic/http_terms.h"
#include "exporter/traffic/name_table.h"
#include "exporter/traffic/series_budget.h"

namespace tocsin::traffic {

/// `bounds` and `budget` must outlive it.
class UpstreamMetrics {
 public:
  UpstreamMetrics(const DurationBounds& bounds, SeriesBudget& budget) : bounds_(bounds), budget_(budget) {}

  static constexpr uint64_t kSeriesPerPool = 1;
  void AddPool(NameTable::Id pool, std::string_view name);

  /// Which pool a server belongs to: that of the answer it gave last. NameTable::kAbsent when it gave none
  /// yet.
  NameTable::Id PoolOf(std::string_view address) const;

  /// Counts a request's attempts, in order. `pool` answered the request, by its last attempt; `named` tells
  /// that the log itself said so, and then the server is known to belong to it.
  void Count(std::span<const parse::Attempt> attempts, NameTable::Id pool, bool named);

  void Write(exposition::Writer& writer) const;

 private:
  struct Upstream {
    NameTable::Id pool = NameTable::kAbsent;
    NameTable::Id cells_pool = NameTable::kAbsent;  ///< whose attempts `cells` finds
    std::array<uint32_t, kStatusCount + 1>
        cells{};  ///< indices into cells_ plus one; the last without status
    DurationHistogram durations;
    bool timed = false;
  };
  struct Cell {
    std::string labels;
    uint64_t attempts = 0;
  };
  struct Pool {
    std::string name;
    std::string labels;
    uint64_t retries = 0;
    bool open = false;
  };

  NameTable::Id UpstreamFor(std::string_view address);
  uint32_t CellFor(NameTable::Id upstream, NameTable::Id pool, size_t status);
  uint32_t OverflowCell();
  uint32_t OpenCell(NameTable::Id upstream, NameTable::Id pool, size_t status);

  const DurationBounds& bounds_;
  SeriesBudget& budget_;
  NameTable addresses_;
  std::vector<Upstream> upstreams_;  ///< by id in addresses_
  std::vector<Pool> pools_;          ///< by the pools' ids
  std::vector<Cell> cells_;
  std::unordered_map<uint64_t, uint32_t> cell_index_;  ///< upstream, pool and status to a cell
};

}  // namespace tocsin::traffic
