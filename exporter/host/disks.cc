#include "exporter/host/disks.h"

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "exporter/kernel/text.h"

namespace tocsin::host {

namespace {

using exposition::Type;

struct DiskFigure {
  std::string_view name;
  std::string_view help;
  size_t field;
  double unit;
  Type type = Type::kCounter;
};
constexpr double kMillisecond = 1000;  // what the field is divided by
constexpr double kSector = 1.0 / 512;
constexpr std::array kDiskFigures = {
    DiskFigure{"node_disk_reads_completed_total", "Reads completed.", 0, 1},
    DiskFigure{"node_disk_reads_merged_total", "Reads merged with another.", 1, 1},
    DiskFigure{"node_disk_read_bytes_total", "Bytes read.", 2, kSector},
    DiskFigure{"node_disk_read_time_seconds_total", "Time that all reads took.", 3, kMillisecond},
    DiskFigure{"node_disk_writes_completed_total", "Writes completed.", 4, 1},
    DiskFigure{"node_disk_writes_merged_total", "Writes merged with another.", 5, 1},
    DiskFigure{"node_disk_written_bytes_total", "Bytes written.", 6, kSector},
    DiskFigure{"node_disk_write_time_seconds_total", "Time that all writes took.", 7, kMillisecond},
    DiskFigure{"node_disk_io_now", "I/Os under way.", 8, 1, Type::kGauge},
    DiskFigure{"node_disk_io_time_seconds_total", "Time in which the disk had I/O to do.", 9, kMillisecond},
    DiskFigure{"node_disk_io_time_weighted_seconds_total", "Time that I/Os took, weighted by their number.",
               10, kMillisecond},
    DiskFigure{"node_disk_discards_completed_total", "Discards completed.", 11, 1},
    DiskFigure{"node_disk_discards_merged_total", "Discards merged with another.", 12, 1},
    DiskFigure{"node_disk_discarded_sectors_total", "Sectors discarded.", 13, 1},
    DiskFigure{"node_disk_discard_time_seconds_total", "Time that all discards took.", 14, kMillisecond},
    DiskFigure{"node_disk_flush_requests_total", "Flush requests completed.", 15, 1},
    DiskFigure{"node_disk_flush_requests_time_seconds_total", "Time that all flush requests took.", 16,
               kMillisecond},
};

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// The value of "E:KEY=value" in udev's record of a device.
std::string UdevProperty(std::string_view record, std::string_view key) {
  std::string_view line;
  while (kernel::NextLine(record, line)) {
    if (!line.starts_with("E:")) continue;
    line.remove_prefix(2);
    if (line.starts_with(key) && line.substr(key.size()).starts_with('=')) {
      return std::string(line.substr(key.size() + 1));
    }
  }
  return {};
}

}  // namespace

bool IsIgnoredDisk(std::string_view device) {
  const size_t last = device.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == device.size()) return false;  // no number at its end
  const std::string_view stem = device.substr(0, last + 1);
  if (stem == "ram" || stem == "zram" || stem == "loop" || stem == "fd") return true;
  if (stem.starts_with("nvme") && stem.ends_with('p')) {  // nvme0n1p2
    const std::string_view numbers = stem.substr(4, stem.size() - 5);
    const size_t n = numbers.find('n');
    return n != std::string_view::npos && IsDigits(numbers.substr(0, n)) && IsDigits(numbers.substr(n + 1));
  }
  for (const std::string_view family : {"hd", "sd", "vd", "xvd"}) {
    if (stem.size() == family.size() + 1 && stem.starts_with(family) && stem.back() >= 'a' &&
        stem.back() <= 'z') {
      return true;
    }
  }
  return false;
}

Disks::Disks(const kernel::Paths& paths)
    : paths_(paths), file_(paths.Proc("diskstats"), kernel::KernelFile::Shape::kRecords) {}

bool Disks::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  const std::optional<std::string_view> text = file_.Read(buffer);
  if (!text) return false;
  Read(*text);
  std::erase_if(disks_, [](const auto& entry) { return !entry.second.present; });
  writer.Family("node_disk_info", "1; what the disk is.", Type::kGauge);
  for (const auto& [name, disk] : disks_) writer.Sample(disk.info_labels, uint64_t{1});
  for (const DiskFigure& figure : kDiskFigures) {
    const auto knows = [&figure](const auto& entry) { return entry.second.known > figure.field; };
    if (std::none_of(disks_.begin(), disks_.end(), knows)) continue;
    writer.Family(figure.name, figure.help, figure.type);
    for (const auto& [name, disk] : disks_) {
      if (disk.known <= figure.field) continue;
      writer.Sample(disk.labels, static_cast<double>(disk.fields[figure.field]) / figure.unit);
    }
  }
  return true;
}

void Disks::Read(std::string_view text) {
  for (auto& [name, disk] : disks_) disk.present = false;
  std::string_view line;
  while (kernel::NextLine(text, line)) {
    const std::optional<uint64_t> major = kernel::NextNumber(line);
    const std::optional<uint64_t> minor = kernel::NextNumber(line);
    const std::string_view device = kernel::NextWord(line);
    if (!major || !minor || device.empty() || IsIgnoredDisk(device)) continue;
    Disk& disk = DiskOf(device, *major, *minor);
    disk.present = true;
    disk.known = 0;
    while (disk.known < kFields) {
      const std::optional<uint64_t> number = kernel::NextNumber(line);
      if (!number) break;
      disk.fields[disk.known++] = *number;
    }
  }
}

Disks::Disk& Disks::DiskOf(std::string_view device, uint64_t major, uint64_t minor) {
  const auto found = disks_.find(device);
  if (found != disks_.end()) return found->second;
  const std::string name(device);
  Disk& disk = disks_[name];
  disk.labels = exposition::RenderLabels({{"device", device}});
  disk.info_labels = InfoLabels(name, std::to_string(major), std::to_string(minor));
  return disk;
}

std::string Disks::InfoLabels(const std::string& device, const std::string& major,
                              const std::string& minor) const {
  std::string udev = "/run/udev/data/b";
  udev += major + ":" + minor;
  const std::string record = ReadFile(paths_.Root(udev)).value_or("");
  const std::string rotational =
      Trimmed(ReadFile(paths_.Sys("block/" + device + "/queue/rotational")).value_or(""));
  const std::string model = UdevProperty(record, "ID_MODEL");
  const std::string path = UdevProperty(record, "ID_PATH");
  const std::string revision = UdevProperty(record, "ID_REVISION");
  const std::string serial = UdevProperty(record, "ID_SERIAL_SHORT");
  const std::string wwn = UdevProperty(record, "ID_WWN");
  return exposition::RenderLabels({{"device", device},
                                   {"major", major},
                                   {"minor", minor},
                                   {"model", model},
                                   {"path", path},
                                   {"revision", revision},
                                   {"rotational", rotational},
                                   {"serial", serial},
                                   {"wwn", wwn}});
}

}  // namespace tocsin::host
