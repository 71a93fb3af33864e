#include "exporter/kernel/paths.h"

namespace tocsin::kernel {

namespace {

void DropSlashes(std::string& path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
}

}  // namespace

void Paths::FollowRoot() {
  DropSlashes(rootfs);
  DropSlashes(procfs);
  DropSlashes(sysfs);
  if (rootfs == "/" || rootfs.empty()) return;
  if (procfs == "/proc") procfs = rootfs + "/proc";
  if (sysfs == "/sys") sysfs = rootfs + "/sys";
}

std::string Paths::Root(const std::string& path) const {
  if (rootfs == "/" || rootfs.empty()) return path;
  return path == "/" ? rootfs : rootfs + path;
}

}  // namespace tocsin::kernel
