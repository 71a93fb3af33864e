// Where the kernel's own file systems are mounted: elsewhere than usual when we run in a container that
// watches its host.
#pragma once

#include <string>

namespace tocsin::kernel {

struct Paths {
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "/";  ///< the host's root: for statfs and /run/udev

  /// As node_exporter has it: with a root file system at another place, and nothing said of the others, these
  /// are taken from below it.
  void FollowRoot();
  std::string Proc(const std::string& name) const { return procfs + "/" + name; }
  std::string Sys(const std::string& name) const { return sysfs + "/" + name; }
  /// A path of the host, which begins with '/', as we reach it.
  std::string Root(const std::string& path) const;
};

}  // namespace tocsin::kernel
