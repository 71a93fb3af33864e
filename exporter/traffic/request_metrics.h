// The families nginx_access_*: what clients asked and got, by the pool that answered and the user's labels.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/parse/line_parser.h"
#include "exporter/traffic/duration_histogram.h"
#include "exporter/traffic/http_terms.h"
#include "exporter/traffic/label_sets.h"
#include "exporter/traffic/name_table.h"
#include "exporter/traffic/series_budget.h"

namespace tocsin::traffic {

/// A group is a label set without method and status: the pool and the user's labels. `pools`, `bounds` and
/// `budget` must outlive it.
class RequestMetrics {
 public:
  RequestMetrics(const NameTable& pools, std::vector<LabelRule> rules, const DurationBounds& bounds,
                 SeriesBudget& budget)
      : pools_(pools), bounds_(bounds), budget_(budget), sets_(std::move(rules)) {}

  /// What a new group opens: GET and POST by the statuses that alerts ask for, the histogram and the bytes.
  uint64_t series_per_group() const;
  /// Opens a pool's own group at zero, so that increase() sees the first event; it never expires. Whoever
  /// calls it has taken the series. Once for each pool.
  void AddPool(NameTable::Id pool);

  /// `pool` must have been added. kBadNumber when a field that should be a number is none; it is then left
  /// out.
  parse::LineFault Count(NameTable::Id pool, const parse::LogRecord& record, Timestamp at);

  /// Drops the groups of the user's labels that counted nothing since `time`.
  void ExpireBefore(Timestamp time);

  void Write(exposition::Writer& writer) const;

  void Save(checkpoint::Writer& out) const;
  /// `ids` are those of the pools by the numbers that they had when saved; all of them have been added.
  /// Labels or buckets that are others than then begin at zero.
  Status Restore(checkpoint::Reader& in, std::span<const NameTable::Id> ids);

 private:
  struct Cell {
    std::string labels;
    uint64_t requests = 0;
    uint16_t place = 0;  ///< in Group::places
  };
  struct Group {
    std::string labels;
    std::vector<Cell> cells;
    std::array<uint16_t, kMethodCount * kStatusCount> places{};  ///< in `cells`, plus one; 0: not open
    DurationHistogram durations;
    uint64_t bytes = 0;
    Timestamp used_at;
    bool stays = false;
    bool open = false;
  };

  Group& GroupFor(NameTable::Id pool, const parse::LogRecord& record);
  Group& NewGroup(NameTable::Id pool);
  Group& OpenGroup(LabelSets::Slot slot, bool stays);
  Cell& CellFor(Group& group, size_t method, size_t status) {
    const uint16_t place = group.places[method * kStatusCount + status];
    return place != 0 ? group.cells[place - 1U] : NewCell(group, method, status);
  }
  Cell& NewCell(Group& group, size_t method, size_t status);
  Cell& OpenCell(Group& group, size_t method, size_t status);
  void SaveGroup(checkpoint::Writer& out, const Group& group) const;
  void RestoreGroup(checkpoint::Reader& in, Group* group, bool same_bounds);

  const NameTable& pools_;
  const DurationBounds& bounds_;
  SeriesBudget& budget_;
  LabelSets sets_;
  std::vector<Group> groups_;          ///< by slot
  std::vector<LabelSets::Slot> base_;  ///< by pool
  bool counted_any_ = false;
  bool saw_duration_ = false;
  bool saw_bytes_ = false;
};

}  // namespace tocsin::traffic
