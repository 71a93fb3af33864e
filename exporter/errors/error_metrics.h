// The families nginx_error_log_*: what nginx complains of, by how bad and of what kind, and about which
// server.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/parse/error_log.h"
#include "exporter/traffic/series_budget.h"

namespace tocsin::errors {

/// Not thread safe: belongs to the strand that reads the logs. `budget` must outlive it.
class ErrorMetrics {
 public:
  /// Opens the series that alerts ask for at zero: errors of each category, and the worse levels.
  /// `idle`: servers of which nothing was said for so long are dropped; 0: never.
  ErrorMetrics(traffic::SeriesBudget& budget, Duration idle);

  /// Counts one message. `pool` is that of the line's upstream, "" when it is not known.
  void Count(const parse::ErrorLine& line, std::string_view pool, Timestamp at);

  void Write(exposition::Writer& writer, Timestamp now);

  void Save(checkpoint::Writer& out) const;
  /// Into one that has counted nothing.
  Status Restore(checkpoint::Reader& in);

 private:
  struct Cell {
    std::string labels;
    uint64_t messages = 0;
    bool open = false;
  };
  struct UpstreamCell {
    std::string pool;
    parse::ErrorCategory category = parse::ErrorCategory::kOther;
    std::string labels;
    uint64_t messages = 0;
  };
  struct Upstream {
    std::vector<UpstreamCell> cells;
    Timestamp used_at;
  };

  Cell& CellFor(parse::ErrorLevel level, parse::ErrorCategory category);
  void CountUpstream(std::string_view address, std::string_view pool, parse::ErrorCategory category,
                     uint64_t messages, Timestamp at);
  Upstream* UpstreamFor(std::string_view address);
  UpstreamCell& OverflowCell();
  void DropIdle(Timestamp now);

  traffic::SeriesBudget& budget_;
  Duration idle_;
  std::array<std::array<Cell, parse::kErrorCategoryCount>, parse::kErrorLevelCount> cells_;
  std::map<std::string, Upstream, std::less<>> upstreams_;  ///< by address; "other" is the overflow
};

}  // namespace tocsin::errors
