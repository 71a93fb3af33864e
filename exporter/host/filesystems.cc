#include "exporter/host/filesystems.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "exporter/kernel/text.h"

namespace tocsin::host {

namespace {

using exposition::Type;
using kernel::KernelFile;

constexpr std::array<std::string_view, 25> kIgnoredTypes = {
    "autofs",   "binfmt_misc", "bpf",     "cgroup",    "cgroup2",    "configfs",   "debugfs",
    "devpts",   "devtmpfs",    "fusectl", "hugetlbfs", "iso9660",    "mqueue",     "nsfs",
    "overlay",  "proc",        "procfs",  "pstore",    "rpc_pipefs", "securityfs", "selinuxfs",
    "squashfs", "erofs",       "sysfs",   "tracefs"};
constexpr std::array<std::string_view, 12> kNetworkTypes = {
    "nfs", "nfs4", "cifs",  "smb3",       "smbfs",          "ceph",
    "9p",  "afs",  "ncpfs", "fuse.sshfs", "fuse.glusterfs", "lustre"};
constexpr std::array<std::string_view, 6> kIgnoredTrees = {"/dev", "/proc", "/run", "/sys", "/mnt", "/media"};
constexpr std::array<std::string_view, 2> kIgnoredInsides = {"/var/lib/docker/",
                                                             "/var/lib/containers/storage/"};

bool IsIgnoredPlace(std::string_view mountpoint) {
  const auto is_within = [mountpoint](std::string_view tree) {
    return mountpoint.starts_with(tree) &&
           (mountpoint.size() == tree.size() || mountpoint[tree.size()] == '/');
  };
  const auto is_below = [mountpoint](std::string_view tree) {
    return mountpoint.starts_with(tree) && mountpoint.size() > tree.size();
  };
  return std::any_of(kIgnoredTrees.begin(), kIgnoredTrees.end(), is_within) ||
         std::any_of(kIgnoredInsides.begin(), kIgnoredInsides.end(), is_below);
}

template <typename List>
bool Has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Whether "ro" is among the comma-separated options.
bool IsReadOnly(std::string_view options) {
  while (!options.empty()) {
    const size_t comma = std::min(options.find(','), options.size());
    if (options.substr(0, comma) == "ro") return true;
    options.remove_prefix(std::min(comma + 1, options.size()));
  }
  return false;
}

/// A line "36 35 98:0 /root /mountpoint rw,noatime master:1 - ext3 /dev/root rw,errors=continue".
std::optional<Mount> ParseMount(std::string_view line) {
  Mount mount;
  kernel::NextWord(line);
  kernel::NextWord(line);
  const std::string_view number = kernel::NextWord(line);
  const size_t colon = std::min(number.find(':'), number.size());
  mount.major = number.substr(0, colon);
  mount.minor = number.substr(std::min(colon + 1, number.size()));
  kernel::NextWord(line);
  mount.mountpoint = kernel::UnescapeOctal(kernel::NextWord(line));
  const std::string_view options = kernel::NextWord(line);
  std::string_view tag;
  do {
    tag = kernel::NextWord(line);
  } while (!tag.empty() && tag != "-");
  mount.fstype = kernel::UnescapeOctal(kernel::NextWord(line));
  mount.device = kernel::UnescapeOctal(kernel::NextWord(line));
  mount.read_only = IsReadOnly(options) || IsReadOnly(kernel::NextWord(line));
  if (mount.fstype.empty() || mount.mountpoint.empty()) return std::nullopt;
  return mount;
}

struct FilesystemFigure {
  std::string_view name;
  std::string_view help;
  uint64_t (*value)(const struct statvfs&);
};
constexpr std::array kFilesystemFigures = {
    FilesystemFigure{"node_filesystem_avail_bytes", "Bytes that users without privileges can still fill.",
                     [](const struct statvfs& stat) -> uint64_t { return stat.f_bavail * stat.f_frsize; }},
    FilesystemFigure{"node_filesystem_files", "Inodes of the file system.",
                     [](const struct statvfs& stat) -> uint64_t { return stat.f_files; }},
    FilesystemFigure{"node_filesystem_files_free", "Inodes that are free.",
                     [](const struct statvfs& stat) -> uint64_t { return stat.f_ffree; }},
    FilesystemFigure{"node_filesystem_free_bytes", "Bytes that are free.",
                     [](const struct statvfs& stat) -> uint64_t { return stat.f_bfree * stat.f_frsize; }},
    FilesystemFigure{"node_filesystem_size_bytes", "Size of the file system.",
                     [](const struct statvfs& stat) -> uint64_t { return stat.f_blocks * stat.f_frsize; }},
};

}  // namespace

std::vector<Mount> ParseMounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  std::set<std::pair<std::string, std::string>> seen;
  std::string_view line;
  while (kernel::NextLine(mountinfo, line)) {
    std::optional<Mount> mount = ParseMount(line);
    if (!mount || IsIgnoredPlace(mount->mountpoint) || Has(kIgnoredTypes, mount->fstype)) continue;
    if (Has(kNetworkTypes, mount->fstype)) continue;
    if (seen.emplace(mount->device, mount->mountpoint).second) mounts.push_back(*std::move(mount));
  }
  return mounts;
}

FileSystems::FileSystems(const kernel::Paths& paths, StatFileSystem stat)
    : paths_(paths),
      stat_(std::move(stat)),
      file_(paths.Proc("1/mountinfo"), KernelFile::Shape::kRecords),
      own_file_(paths.Proc("self/mountinfo"), KernelFile::Shape::kRecords) {}

bool FileSystems::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  std::optional<std::string_view> text = file_.Read(buffer);
  if (!text) text = own_file_.Read(buffer);
  if (!text) return false;
  if (*text != mountinfo_) Adopt(*text);
  for (Entry& entry : entries_) Look(entry);

  for (const FilesystemFigure& figure : kFilesystemFigures) {
    writer.Family(figure.name, figure.help, Type::kGauge);
    for (const Entry& entry : entries_) {
      if (entry.known) writer.Sample(entry.labels, figure.value(entry.stat));
    }
  }
  writer.Family("node_filesystem_device_error", "1 when the file system could not be asked.", Type::kGauge);
  for (const Entry& entry : entries_) writer.Sample(entry.labels, uint64_t{entry.known ? 0U : 1U});
  writer.Family("node_filesystem_mount_info", "1; the device's numbers.", Type::kGauge);
  for (const Entry& entry : entries_) writer.Sample(entry.info_labels, uint64_t{1});
  writer.Family("node_filesystem_readonly", "1 when it is mounted read-only.", Type::kGauge);
  for (const Entry& entry : entries_) writer.Sample(entry.labels, uint64_t{entry.mount.read_only ? 1U : 0U});
  return true;
}

void FileSystems::Adopt(std::string_view mountinfo) {
  mountinfo_ = mountinfo;
  entries_.clear();
  for (Mount& mount : ParseMounts(mountinfo)) {
    Entry entry;
    entry.path = paths_.Root(mount.mountpoint);
    entry.info_labels = exposition::RenderLabels({{"device", mount.device},
                                                  {"major", mount.major},
                                                  {"minor", mount.minor},
                                                  {"mountpoint", mount.mountpoint}});
    entry.mount = std::move(mount);
    entries_.push_back(std::move(entry));
  }
}

void FileSystems::Look(Entry& entry) const {
  std::string error;
  const std::optional<struct statvfs> stat = stat_(entry.path, error);
  entry.known = stat.has_value();
  if (stat) entry.stat = *stat;
  if (!entry.labels.empty() && error == entry.error) return;
  entry.error = error;
  entry.labels = exposition::RenderLabels({{"device", entry.mount.device},
                                           {"device_error", error},
                                           {"fstype", entry.mount.fstype},
                                           {"mountpoint", entry.mount.mountpoint}});
}

}  // namespace tocsin::host
