#include "exporter/containers/cgroup.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/files.h"
#include "exporter/containers/cgroup_text.h"
#include "exporter/kernel/file_batch.h"

namespace tocsin::containers {

namespace {

using kernel::KernelFile;
using kernel::ReadBuffer;

constexpr size_t kIdLength = 64;
constexpr int kMaxDepth = 12;

bool IsThere(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

template <auto Parse, Figure Limits::*limit>
void TakeLimit(std::string_view text, Limits& limits) {
  limits.*limit = Parse(text);
}

Figure NumberIn(const std::optional<std::string_view>& text) {
  return text ? Figure(kernel::OneNumber(*text)) : Figure();
}

class V2Reader final : public CgroupReader {
 public:
  V2Reader(const std::string& folder, kernel::Keep keep, const bool& has_swap)
      : folder_(folder), has_swap_(has_swap), files_(keep) {
    for (const char* name : kNames) files_.Add(folder + "/" + name);
  }

  bool Read(ReadBuffer& buffer, Stats& stats) override {
    std::array<std::optional<std::string_view>, kFiles> texts;
    const bool asks_for_swap = has_swap_ || !counts_swap_;
    files_.Read(buffer, std::span(texts).first(asks_for_swap ? kFiles : kSwap));
    if (!texts[kCpu]) return false;  // each cgroup but the root has it, whatever controllers are on
    v2::ParseCpuStat(*texts[kCpu], stats);
    if (texts[kMemory]) v2::ParseMemoryStat(*texts[kMemory], stats);
    if (texts[kEvents]) v2::ParseMemoryEvents(*texts[kEvents], stats);
    if (texts[kIo]) v2::ParseIoStat(*texts[kIo], stats.io);
    stats.memory_usage = NumberIn(texts[kUsage]);
    stats.memory_max_usage = NumberIn(texts[kPeak]);
    stats.memory_swap = asks_for_swap ? NumberIn(texts[kSwap]) : Figure(0);
    counts_swap_ = stats.memory_swap.has_value();
    stats.pids = NumberIn(texts[kPids]);
    const auto pressure = [&texts](File file) {
      return texts[file] ? kernel::ParsePressure(*texts[file]) : kernel::Pressure();
    };
    stats.cpu_pressure = pressure(kCpuPressure);
    stats.memory_pressure = pressure(kMemoryPressure);
    stats.io_pressure = pressure(kIoPressure);
    return true;
  }

  std::vector<LimitFile> LimitFiles() const override {
    const auto file = [this](const char* name) { return folder_ + "/" + name; };
    const auto weight = [](std::string_view text, Limits& limits) {
      if (const Figure number = kernel::OneNumber(text)) limits.cpu_shares = v2::SharesOfWeight(*number);
    };
    return {{file("cpu.max"), v2::ParseCpuMax},
            {file("cpu.weight"), weight},
            {file("memory.max"), TakeLimit<v2::ParseLimit, &Limits::memory>},
            {file("memory.swap.max"), TakeLimit<v2::ParseLimit, &Limits::memory_swap>},
            {file("memory.low"), TakeLimit<v2::ParseLimit, &Limits::memory_reservation>},
            {file("pids.max"), TakeLimit<v2::ParseLimit, &Limits::pids>}};
  }

 private:
  enum File : size_t {
    kCpu,
    kMemory,
    kEvents,
    kIo,
    kUsage,
    kPeak,
    kPids,
    kCpuPressure,
    kMemoryPressure,
    kIoPressure,
    kSwap,  ///< the last, as it is not always read
    kFiles,
  };
  static constexpr std::array<const char*, kFiles> kNames = {
      "cpu.stat",     "memory.stat",  "memory.events",   "io.stat",     "memory.current",     "memory.peak",
      "pids.current", "cpu.pressure", "memory.pressure", "io.pressure", "memory.swap.current"};

  std::string folder_;
  const bool& has_swap_;      ///< of the tree
  bool counts_swap_ = false;  ///< the kernel tells it for the cgroup
  kernel::FileBatch files_;
};

class V1Reader final : public CgroupReader {
 public:
  V1Reader(const std::string& root, const std::string& path, kernel::Keep keep)
      : ticks_a_second_(static_cast<uint64_t>(::sysconf(_SC_CLK_TCK))), files_(keep) {
    const auto folder = [&](const std::string& controller) {
      std::string hierarchy = root + "/" + controller;
      if (controller.starts_with("cpu") && !IsThere(hierarchy)) hierarchy = root + "/cpu,cpuacct";
      return hierarchy + "/" + path + "/";
    };
    cpu_folder_ = folder("cpu");
    memory_folder_ = folder("memory");
    pids_folder_ = folder("pids");
    const std::string accounting = folder("cpuacct");
    // The throttling policy counts for itself, whatever scheduler the disks have, and below the cgroup, too.
    const std::string io = folder("blkio") + "blkio.throttle.io_service";
    const char* suffix = IsThere(io + "_bytes_recursive") ? "_recursive" : "";
    files_.Add(accounting + "cpuacct.usage");
    files_.Add(memory_folder_ + "memory.stat");
    files_.Add(cpu_folder_ + "cpu.stat");
    files_.Add(accounting + "cpuacct.stat");
    files_.Add(memory_folder_ + "memory.oom_control");
    files_.Add(memory_folder_ + "memory.usage_in_bytes");
    files_.Add(memory_folder_ + "memory.max_usage_in_bytes");
    files_.Add(memory_folder_ + "memory.failcnt");
    files_.Add(memory_folder_ + "memory.kmem.usage_in_bytes");
    files_.Add(pids_folder_ + "pids.current");
    files_.Add(io + "_bytes" + suffix);
    files_.Add(io + "d" + suffix);
  }

  bool Read(ReadBuffer& buffer, Stats& stats) override {
    std::array<std::optional<std::string_view>, kFiles> texts;
    files_.Read(buffer, texts);
    stats.cpu_usage = NumberIn(texts[kCpuUsage]);
    if (!stats.cpu_usage && !texts[kMemory]) return false;
    if (texts[kMemory]) v1::ParseMemoryStat(*texts[kMemory], stats);
    if (texts[kCpu]) v1::ParseCpuStat(*texts[kCpu], stats);
    if (texts[kCpuAccounting]) v1::ParseCpuAccounting(*texts[kCpuAccounting], ticks_a_second_, stats);
    if (texts[kOom]) v1::ParseOomControl(*texts[kOom], stats);
    stats.memory_usage = NumberIn(texts[kUsage]);
    stats.memory_max_usage = NumberIn(texts[kPeak]);
    stats.memory_failcnt = NumberIn(texts[kFailures]);
    stats.memory_kernel = NumberIn(texts[kKernel]);
    stats.pids = NumberIn(texts[kPids]);
    if (texts[kIoBytes]) {
      v1::ParseBlockIo(*texts[kIoBytes], &IoDevice::read_bytes, &IoDevice::write_bytes, stats.io);
    }
    if (texts[kIoOperations]) {
      v1::ParseBlockIo(*texts[kIoOperations], &IoDevice::reads, &IoDevice::writes, stats.io);
    }
    return true;
  }

  std::vector<LimitFile> LimitFiles() const override {
    const std::string& cpu = cpu_folder_;
    const std::string& memory = memory_folder_;
    return {{cpu + "cpu.shares", TakeLimit<kernel::OneNumber, &Limits::cpu_shares>},
            {cpu + "cpu.cfs_period_us", TakeLimit<kernel::OneNumber, &Limits::cpu_period>},
            {cpu + "cpu.cfs_quota_us", TakeLimit<v1::ParseLimit, &Limits::cpu_quota>},
            {memory + "memory.limit_in_bytes", TakeLimit<v1::ParseLimit, &Limits::memory>},
            {memory + "memory.memsw.limit_in_bytes", TakeLimit<v1::ParseLimit, &Limits::memory_swap>},
            {memory + "memory.soft_limit_in_bytes", TakeLimit<v1::ParseLimit, &Limits::memory_reservation>},
            {pids_folder_ + "pids.max", TakeLimit<v1::ParseLimit, &Limits::pids>}};
  }

 private:
  /// In the order in which they are added.
  enum File : size_t {
    kCpuUsage,
    kMemory,
    kCpu,
    kCpuAccounting,
    kOom,
    kUsage,
    kPeak,
    kFailures,
    kKernel,
    kPids,
    kIoBytes,
    kIoOperations,
    kFiles,
  };

  uint64_t ticks_a_second_;
  std::string cpu_folder_, memory_folder_, pids_folder_;
  kernel::FileBatch files_;
};

/// "a-b.slice" lies in "a.slice": the folders of a slice that systemd made.
std::string SlicePath(std::string_view slice) {
  std::string path;
  for (size_t dash = slice.find('-'); dash != std::string_view::npos; dash = slice.find('-', dash + 1)) {
    path += std::string(slice.substr(0, dash)) + ".slice/";
  }
  return path + std::string(slice);
}

std::vector<std::string> Candidates(const std::string& id, std::string parent) {
  while (parent.starts_with('/')) parent.erase(0, 1);
  if (parent.empty()) {
    return {"docker/" + id, "system.slice/docker-" + id + ".scope", "machine.slice/libpod-" + id + ".scope",
            "libpod_parent/libpod-" + id};
  }
  if (parent.ends_with(".slice")) {
    const std::string folder = parent.find('/') == std::string::npos ? SlicePath(parent) : parent;
    return {folder + "/docker-" + id + ".scope", folder + "/libpod-" + id + ".scope"};
  }
  return {parent + "/" + id, parent + "/libpod-" + id};
}

}  // namespace

std::string_view ContainerIdOf(std::string_view name) {
  if (name.ends_with(".scope")) name.remove_suffix(6);
  if (name.size() < kIdLength) return {};
  const std::string_view id = name.substr(name.size() - kIdLength);
  const std::string_view before = name.substr(0, name.size() - kIdLength);
  const bool is_hex = id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  const bool is_whole = before.empty() || before.ends_with('-') || before.ends_with(':');
  return is_hex && is_whole && before.find("conmon") == std::string_view::npos ? id : std::string_view();
}

void CgroupReader::ReadLimits(ReadBuffer& buffer, Limits& limits) const {
  for (LimitFile& limit : LimitFiles()) {
    KernelFile file(std::move(limit.path), KernelFile::Shape::kWhole, KernelFile::Keep::kClosed);
    if (const auto text = file.Read(buffer)) limit.take(*text, limits);
  }
}

CgroupTree::CgroupTree(const kernel::Paths& paths) : procfs_(paths.procfs), root_(paths.Sys("fs/cgroup")) {
  if (IsThere(root_ + "/cgroup.controllers")) {
    version_ = Version::kV2;
    hierarchy_ = root_;
    return;
  }
  for (const char* controller : {"memory", "cpuacct", "pids"}) {
    if (!IsThere(root_ + "/" + controller)) continue;
    version_ = Version::kV1;
    hierarchy_ = root_ + "/" + controller;
    return;
  }
}

bool CgroupTree::Exists(const std::string& path) const { return IsThere(hierarchy_ + "/" + path); }

std::optional<std::string> CgroupTree::Locate(const std::string& id, uint64_t pid,
                                              const std::string& parent) {
  if (version_ == Version::kNone) return std::nullopt;
  for (std::string& candidate : Candidates(id, parent)) {
    if (Exists(candidate)) return std::move(candidate);
  }
  if (auto path = OfProcess(id, pid)) return path;
  std::map<std::string, std::string> all = Walk();
  const auto found = all.find(id);
  if (found == all.end()) return std::nullopt;
  return std::move(found->second);
}

/// Lines "4:memory:/docker/<id>" or "0::/system.slice/docker-<id>.scope/init". The path is cut after the id;
/// in a cgroup namespace it may begin with "/../..", which says nothing.
std::optional<std::string> CgroupTree::OfProcess(const std::string& id, uint64_t pid) const {
  KernelFile file(procfs_ + "/" + std::to_string(pid) + "/cgroup", KernelFile::Shape::kRecords,
                  KernelFile::Keep::kClosed);
  ReadBuffer buffer;
  std::optional<std::string_view> text = pid == 0 ? std::nullopt : file.Read(buffer);
  if (!text) return std::nullopt;
  std::string_view line;
  while (kernel::NextLine(*text, line)) {
    const size_t at = line.find(id);
    const size_t start = line.find(":/");
    if (at == std::string_view::npos || start == std::string_view::npos) continue;
    const size_t end = std::min(line.find('/', at), line.size());
    std::string path(line.substr(start + 2, end - start - 2));
    while (path.starts_with("../")) path.erase(0, 3);
    if (Exists(path)) return path;
  }
  return std::nullopt;
}

std::map<std::string, std::string> CgroupTree::Walk() const {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> found;
  if (version_ == Version::kNone) return found;
  std::error_code failed;
  fs::recursive_directory_iterator entry(hierarchy_, fs::directory_options::skip_permission_denied, failed);
  // A cgroup that goes away under the walk ends it; the next walk finds the rest.
  for (; !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    std::error_code unknown;
    if (!entry->is_directory(unknown)) continue;
    const std::string name = entry->path().filename().string();
    const std::string_view id = ContainerIdOf(name);
    if (!id.empty()) found.emplace(id, entry->path().string().substr(hierarchy_.size() + 1));
    // What runs inside a container (another engine, a systemd) is the container's own affair.
    if (!id.empty() || entry.depth() >= kMaxDepth) entry.disable_recursion_pending();
  }
  return found;
}

std::unique_ptr<CgroupReader> CgroupTree::Open(const std::string& path, KernelFile::Keep keep) const {
  if (version_ == Version::kV1) return std::make_unique<V1Reader>(root_, path, keep);
  return std::make_unique<V2Reader>(root_ + "/" + path, keep, has_swap_);
}

void CgroupTree::LookForSwap(ReadBuffer& buffer) {
  KernelFile file(procfs_ + "/meminfo", KernelFile::Shape::kRecords, KernelFile::Keep::kClosed);
  auto text = file.Read(buffer);
  has_swap_ = true;
  std::string_view line;
  while (text && kernel::NextLine(*text, line)) {
    if (kernel::NextWord(line) == "SwapTotal:") has_swap_ = kernel::NextNumber(line) != 0;
  }
}

}  // namespace tocsin::containers
