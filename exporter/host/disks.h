// /proc/diskstats, and what /sys and udev say of the disks themselves.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/host/section.h"
#include "exporter/kernel/paths.h"

namespace tocsin::host {

/// Partitions, loop devices, RAM disks and floppies: what node_exporter leaves out by default.
bool IsIgnoredDisk(std::string_view device);

class Disks final : public Section {
 public:
  explicit Disks(const kernel::Paths& paths);
  std::string_view name() const override { return "diskstats"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  static constexpr size_t kFields = 17;  // Documentation/admin-guide/iostats.rst; older kernels have 11 or 15
  struct Disk {
    std::string labels;
    std::string info_labels;
    std::array<uint64_t, kFields> fields{};
    size_t known = 0;  ///< of fields
    bool present = false;
  };

  void Read(std::string_view text);
  Disk& DiskOf(std::string_view device, uint64_t major, uint64_t minor);
  std::string InfoLabels(const std::string& device, const std::string& major, const std::string& minor) const;

  kernel::Paths paths_;
  kernel::KernelFile file_;
  std::map<std::string, Disk, std::less<>> disks_;
};

}  // namespace tocsin::host
