// Where the cgroups of containers are, and reading one at each scrape. Both versions, whoever drives them:
// Docker, containerd, Podman and CRI-O, by themselves or by way of systemd.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/containers/stats.h"
#include "exporter/kernel/kernel_file.h"
#include "exporter/kernel/paths.h"

namespace tocsin::containers {

/// The id of the container whose cgroup has that name, "" when it is none's: "<id>", "docker-<id>.scope",
/// "libpod-<id>.scope", "cri-containerd-<id>.scope"; an id is 64 hexadecimal digits. Podman's monitor beside
/// a container ("libpod-conmon-<id>.scope") is none.
std::string_view ContainerIdOf(std::string_view cgroup_name);

/// The files of one cgroup. Not thread safe.
class CgroupReader {
 public:
  virtual ~CgroupReader() = default;
  /// The figures as they are now. False when the cgroup is gone: it never comes back.
  virtual bool Read(kernel::ReadBuffer& buffer, Stats& stats) = 0;

  /// A file that says what the cgroup may use, and what takes its text.
  struct LimitFile {
    std::string path;
    void (*take)(std::string_view text, Limits& limits);
  };
  virtual std::vector<LimitFile> LimitFiles() const = 0;
  /// Opens each of them anew: it costs more than all that Read() does.
  void ReadLimits(kernel::ReadBuffer& buffer, Limits& limits) const;
};

/// Not thread safe.
class CgroupTree {
 public:
  enum class Version : uint8_t { kNone, kV1, kV2 };

  /// Looks at `<sysfs>/fs/cgroup`. Where v2 hangs beside v1's controllers ("hybrid"), the controllers are
  /// v1's.
  explicit CgroupTree(const kernel::Paths& paths);

  Version version() const { return version_; }

  /// The path of a container's cgroup, the same below each controller of v1. Tries where its kind of runtime
  /// was seen to put them, then the kernel's own word in /proc/<pid>/cgroup, then walks the tree.
  std::optional<std::string> Locate(const std::string& id, uint64_t pid, const std::string& parent);
  /// All containers that have a cgroup, id to path.
  std::map<std::string, std::string> Walk() const;

  /// Where the machine has no swap, readers of v2 don't ask each cgroup how much of it it uses: a file less
  /// of twelve. To be called now and then, as swap can come and go.
  void LookForSwap(kernel::ReadBuffer& buffer);

  /// The cgroup's reader; what it can't read is left out of what it reads. The tree must outlive it.
  std::unique_ptr<CgroupReader> Open(const std::string& path, kernel::KernelFile::Keep keep) const;

 private:
  bool Exists(const std::string& path) const;
  std::optional<std::string> OfProcess(const std::string& id, uint64_t pid) const;

  std::string procfs_;
  std::string root_;       ///< "/sys/fs/cgroup"
  std::string hierarchy_;  ///< what is walked: `root_` of v2, a controller's of v1
  Version version_ = Version::kNone;
  bool has_swap_ = true;
};

}  // namespace tocsin::containers
