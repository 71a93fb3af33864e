// What is mounted on the host, and how full it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/host/collector.h"
#include "exporter/host/section.h"
#include "exporter/kernel/paths.h"

namespace tocsin::host {

struct Mount {
  std::string device;
  std::string mountpoint;
  std::string fstype;
  std::string major;
  std::string minor;
  bool read_only = false;
};

/// Reads a mountinfo (proc_pid_mountinfo(5)). Left out are mountpoints and types that node_exporter leaves
/// out by default, what is mounted twice at one place, and network file systems: statvfs() of one whose
/// server is gone would hold up the scrape for as long as it is.
std::vector<Mount> ParseMounts(std::string_view mountinfo);

class FileSystems final : public Section {
 public:
  FileSystems(const kernel::Paths& paths, StatFileSystem stat);
  std::string_view name() const override { return "filesystem"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  struct Entry {
    Mount mount;
    std::string path;  ///< of the mountpoint, as we reach it
    std::string labels;
    std::string info_labels;
    std::string error;  ///< that `labels` name
    bool known = false;
    struct statvfs stat {};
  };

  void Adopt(std::string_view mountinfo);
  void Look(Entry& entry) const;

  kernel::Paths paths_;
  StatFileSystem stat_;
  /// The first process sees the host's mounts, whatever mount namespace we are in ourselves.
  kernel::KernelFile file_;
  kernel::KernelFile own_file_;
  std::string mountinfo_;  ///< that `entries_` were made from
  std::vector<Entry> entries_;
};

}  // namespace tocsin::host
