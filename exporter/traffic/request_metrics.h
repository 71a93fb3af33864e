// The families nginx_access_*: what clients asked and got, by the pool that answered.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/exposition/writer.h"
#include "exporter/parse/line_parser.h"
#include "exporter/traffic/duration_histogram.h"
#include "exporter/traffic/http_terms.h"
#include "exporter/traffic/name_table.h"
#include "exporter/traffic/series_budget.h"

namespace tocsin::traffic {

/// `bounds` and `budget` must outlive it.
class RequestMetrics {
 public:
  RequestMetrics(const DurationBounds& bounds, SeriesBudget& budget) : bounds_(bounds), budget_(budget) {}

  /// What AddPool opens: GET and POST by the statuses that alerts ask for, the histogram and the bytes.
  uint64_t series_per_pool() const;
  /// Opens a pool's series at zero, so that increase() sees the first event. Once for each pool.
  void AddPool(NameTable::Id pool, std::string_view name);

  /// `pool` must have been added. kBadNumber when a field that should be a number is none; it is then left
  /// out.
  parse::LineFault Count(NameTable::Id pool, const parse::LogRecord& record);

  void Write(exposition::Writer& writer) const;

 private:
  struct Pool {
    std::string name;
    std::string labels;
    std::array<uint32_t, kMethodCount * kStatusCount> cells{};  ///< indices into cells_ plus one; 0: not open
    DurationHistogram durations;
    uint64_t bytes = 0;
    bool open = false;
  };
  struct Cell {
    std::string labels;
    uint64_t requests = 0;
  };

  uint32_t CellFor(Pool& pool, size_t method, size_t status);
  uint32_t OpenCell(Pool& pool, size_t method, size_t status);

  const DurationBounds& bounds_;
  SeriesBudget& budget_;
  std::vector<Pool> pools_;  ///< by NameTable::Id
  std::vector<Cell> cells_;
  bool counted_any_ = false;
  bool saw_duration_ = false;
  bool saw_bytes_ = false;
};

}  // namespace tocsin::traffic
