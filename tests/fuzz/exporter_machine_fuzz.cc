// What the kernel and a container engine say: the first byte picks which of them is read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "exporter/containers/cgroup.h"
#include "exporter/containers/cgroup_text.h"
#include "exporter/containers/engine_json.h"
#include "exporter/containers/series_labels.h"
#include "exporter/host/disks.h"
#include "exporter/host/filesystems.h"
#include "exporter/kernel/net_dev.h"
#include "exporter/kernel/text.h"

namespace tocsin {
namespace {

void ReadCgroup(std::string_view text) {
  containers::Stats stats;
  containers::Limits limits;
  containers::v1::ParseCpuStat(text, stats);
  containers::v1::ParseCpuAccounting(text, 100, stats);
  containers::v1::ParseMemoryStat(text, stats);
  containers::v1::ParseOomControl(text, stats);
  containers::v1::ParseBlockIo(text, &containers::IoDevice::reads, &containers::IoDevice::writes, stats.io);
  static_cast<void>(containers::v1::ParseLimit(text));
  containers::v2::ParseCpuStat(text, stats);
  containers::v2::ParseMemoryStat(text, stats);
  containers::v2::ParseMemoryEvents(text, stats);
  containers::v2::ParseIoStat(text, stats.io);
  containers::v2::ParseCpuMax(text, limits);
  static_cast<void>(containers::v2::ParseLimit(text));
  static_cast<void>(containers::ContainerIdOf(text));
  const containers::Figure working = stats.WorkingSet();
  if (working && *working > *stats.memory_usage) std::abort();
}

void ReadEngine(std::string_view text) {
  const auto container = containers::ParseContainer(text);
  if (container) {
    if (container->id.empty()) std::abort();
    const auto labels = containers::RenderSeriesLabels(*container, containers::LabelChoice({"*"}));
    if (labels.find('\n') != std::string::npos) std::abort();  // a line of the page, whatever they are
  }
  static_cast<void>(containers::ParseContainerList(text));
  static_cast<void>(containers::ParseNetworkList(text));
  static_cast<void>(containers::ParseEvent(text));
}

void ReadHost(std::string_view text) {
  std::vector<kernel::NetDevice> devices;
  kernel::ParseNetDev(text, devices);
  static_cast<void>(kernel::ParsePressure(text));
  static_cast<void>(kernel::OneNumber(text));
  for (const host::Mount& mount : host::ParseMounts(text)) {
    if (mount.mountpoint.empty()) std::abort();
  }
  static_cast<void>(host::IsIgnoredDisk(text));
}

}  // namespace
}  // namespace tocsin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      tocsin::ReadCgroup(text);
      break;
    case 1:
      tocsin::ReadEngine(text);
      break;
    default:
      tocsin::ReadHost(text);
  }
  return 0;
}
