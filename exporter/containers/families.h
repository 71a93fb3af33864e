// The container_* families, under cAdvisor's names where it has them; docs/METRICS.md has the table.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/containers/registry.h"

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

/// A container in a scrape. Its labels stand behind those of the container before it: each family reads them
/// all in turn, and what lies in a row is there before it is asked for.
struct Row {
  const Tracked* container;
  std::string_view labels;
};

/// Those of one scrape, in the order of their ids. Good until a container changes or goes.
class Rows {
 public:
  void Clear();
  void Add(const Tracked& container);
  /// After the last Add().
  void Finish();

  std::span<const Row> all() const { return all_; }
  std::span<const Row> measured() const { return measured_; }  ///< whose cgroup was read

 private:
  std::vector<Row> all_, measured_;
  std::string labels_;
};

/// What the cgroups and network tables of the containers that have been read say.
void WriteStats(exposition::Writer& writer, const Rows& rows, DeviceLabels& devices, Timestamp now);

/// What the engine says of all of them, those that do not run and those that are gone too.
void WriteStates(exposition::Writer& writer, std::span<const Row> rows,
                 const std::map<std::string, Removed>& removed);

}  // namespace tocsin::containers
