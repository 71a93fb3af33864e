// The container_* families, under cAdvisor's names where it has them; docs/METRICS.md has the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/containers/container.h"
#include "exporter/containers/registry.h"
#include "exporter/containers/stats.h"
#include "exporter/kernel/net_dev.h"

namespace tocsin::containers {

/// Block devices as labels ("device=\"/dev/sda\"") by their numbers, looked up in /sys once for each.
class DeviceLabels {
 public:
  explicit DeviceLabels(std::string sysfs) : sysfs_(std::move(sysfs)) {}
  /// Names it "8:0" when /sys does not know it.
  const std::string& LabelOf(uint64_t major, uint64_t minor);

 private:
  std::string sysfs_;
  std::map<std::pair<uint64_t, uint64_t>, std::string> labels_;
};

/// A container in a scrape: what its families say beside the figures.
struct Row {
  const Tracked* container;
  std::string_view labels;
  uint64_t restarts;
  uint64_t oom_kills;
  int64_t exit_code;
  State state;
  Health health;
  bool is_expected;
  bool has_ended;  ///< it ran and does not
};

struct Interface {
  const std::string* label;
  std::array<uint64_t, kernel::kNetColumns> counters;
};

/// What was read of a container.
struct Figures {
  std::string_view labels;
  Stats stats;
  Limits limits;
  std::optional<double> started_seconds;
  std::vector<Interface> interfaces;
};

/// The containers of one scrape, in the order of their ids. Good until a container changes or goes.
///
/// Each family walks over all of them. So what families ask for lies together and in a row, apart from the
/// rest of what is known of a container, and so do the labels.
class Rows {
 public:
  void Clear();
  /// Where the figures of the container belong that is added next, if it has any.
  Figures& Next();
  void Add(const Tracked& container, bool has_figures);
  /// After the last Add().
  void Finish();

  std::span<const Row> all() const { return all_; }
  /// Those whose cgroup was read.
  std::span<const Figures> measured() const { return std::span(figures_).first(measured_.size()); }

 private:
  std::vector<Row> all_;
  std::vector<size_t> measured_;  ///< their places in all_
  std::vector<Figures> figures_;  ///< theirs, and one more
  std::string labels_;
};

/// What the cgroups and network tables of the containers that have been read say.
void WriteStats(exposition::Writer& writer, const Rows& rows, DeviceLabels& devices, Timestamp now);

/// What the engine says of all of them, those that do not run and those that are gone too.
void WriteStates(exposition::Writer& writer, std::span<const Row> rows,
                 const std::map<std::string, Removed>& removed);

}  // namespace tocsin::containers
