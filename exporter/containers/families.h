// The container_* families, under cAdvisor's names where it has them; docs/METRICS.md has the table.
#pragma once

#include <map>
#include <span>
#include <string>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/containers/registry.h"

namespace tocsin::containers {

/// Names of block devices ("/dev/sda") by their numbers, looked up in /sys once for each.
class DeviceNames {
 public:
  explicit DeviceNames(std::string sysfs) : sysfs_(std::move(sysfs)) {}
  /// "8:0" when /sys does not know it.
  const std::string& Of(uint64_t major, uint64_t minor);

 private:
  std::string sysfs_;
  std::map<std::pair<uint64_t, uint64_t>, std::string> names_;
};

/// What the cgroups and network tables of the containers that have been read say.
void WriteStats(exposition::Writer& writer, std::span<Tracked* const> containers, DeviceNames& devices,
                Timestamp now);

/// What the engine says of all of them, those that do not run and those that are gone too.
void WriteStates(exposition::Writer& writer, std::span<Tracked* const> containers,
                 const std::map<std::string, Removed>& removed);

}  // namespace tocsin::containers
