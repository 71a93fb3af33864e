#include "exporter/containers/cgroup.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/files.h"
#include "exporter/containers/cgroup_text.h"

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

class V2Reader final : public CgroupReader {
 public:
  V2Reader(const std::string& folder, KernelFile::Keep keep, const bool& has_swap)
      : folder_(folder), has_swap_(has_swap) {
    const auto file = [&](const char* name) {
      return KernelFile(folder + "/" + name, KernelFile::Shape::kWhole, keep);
    };
    cpu_ = file("cpu.stat");
    memory_ = file("memory.stat");
    usage_ = file("memory.current");
    peak_ = file("memory.peak");
    swap_ = file("memory.swap.current");
    events_ = file("memory.events");
    pids_ = file("pids.current");
    io_ = file("io.stat");
    cpu_pressure_ = file("cpu.pressure");
    memory_pressure_ = file("memory.pressure");
    io_pressure_ = file("io.pressure");
  }

  bool Read(ReadBuffer& buffer, Stats& stats) override {
    const auto cpu = cpu_.Read(buffer);  // each cgroup but the root has it, whatever controllers are on
    if (!cpu) return false;
    v2::ParseCpuStat(*cpu, stats);
    if (const auto text = memory_.Read(buffer)) v2::ParseMemoryStat(*text, stats);
    if (const auto text = events_.Read(buffer)) v2::ParseMemoryEvents(*text, stats);
    if (const auto text = io_.Read(buffer)) v2::ParseIoStat(*text, stats.io);
    const auto number = [&buffer](KernelFile& file) {
      const auto text = file.Read(buffer);
      return text ? kernel::OneNumber(*text) : std::nullopt;
    };
    stats.memory_usage = number(usage_);
    stats.memory_max_usage = number(peak_);
    stats.memory_swap = has_swap_ || !counts_swap_ ? number(swap_) : Figure(0);
    counts_swap_ = stats.memory_swap.has_value();
    stats.pids = number(pids_);
    const auto pressure = [&buffer](KernelFile& file) {
      const auto text = file.Read(buffer);
      return text ? kernel::ParsePressure(*text) : kernel::Pressure();
    };
    stats.cpu_pressure = pressure(cpu_pressure_);
    stats.memory_pressure = pressure(memory_pressure_);
    stats.io_pressure = pressure(io_pressure_);
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
  std::string folder_;
  const bool& has_swap_;      ///< of the tree
  bool counts_swap_ = false;  ///< the kernel tells it for the cgroup
  KernelFile cpu_, memory_, usage_, peak_, swap_, events_, pids_, io_;
  KernelFile cpu_pressure_, memory_pressure_, io_pressure_;
};

class V1Reader final : public CgroupReader {
 public:
  V1Reader(const std::string& root, const std::string& path, KernelFile::Keep keep)
      : ticks_a_second_(static_cast<uint64_t>(::sysconf(_SC_CLK_TCK))) {
    const auto folder = [&](const std::string& controller) {
      std::string hierarchy = root + "/" + controller;
      if (controller.starts_with("cpu") && !IsThere(hierarchy)) hierarchy = root + "/cpu,cpuacct";
      return hierarchy + "/" + path + "/";
    };
    cpu_folder_ = folder("cpu");
    memory_folder_ = folder("memory");
    pids_folder_ = folder("pids");
    const auto file = [keep](const std::string& name) {
      return KernelFile(name, KernelFile::Shape::kWhole, keep);
    };
    cpu_ = file(cpu_folder_ + "cpu.stat");
    cpu_usage_ = file(folder("cpuacct") + "cpuacct.usage");
    cpu_accounting_ = file(folder("cpuacct") + "cpuacct.stat");
    memory_ = file(memory_folder_ + "memory.stat");
    usage_ = file(memory_folder_ + "memory.usage_in_bytes");
    peak_ = file(memory_folder_ + "memory.max_usage_in_bytes");
    failures_ = file(memory_folder_ + "memory.failcnt");
    kernel_ = file(memory_folder_ + "memory.kmem.usage_in_bytes");
    oom_ = file(memory_folder_ + "memory.oom_control");
    pids_ = file(pids_folder_ + "pids.current");
    // The throttling policy counts for itself, whatever scheduler the disks have, and below the cgroup, too.
    const std::string io = folder("blkio") + "blkio.throttle.io_service";
    const char* suffix = IsThere(io + "_bytes_recursive") ? "_recursive" : "";
    io_bytes_ = file(io + "_bytes" + suffix);
    io_operations_ = file(io + "d" + suffix);
  }

  bool Read(ReadBuffer& buffer, Stats& stats) override {
    const auto number = [&buffer](KernelFile& file) {
      const auto text = file.Read(buffer);
      return text ? kernel::OneNumber(*text) : std::nullopt;
    };
    stats.cpu_usage = number(cpu_usage_);
    const auto memory = memory_.Read(buffer);
    if (!stats.cpu_usage && !memory) return false;
    if (memory) v1::ParseMemoryStat(*memory, stats);
    if (const auto text = cpu_.Read(buffer)) v1::ParseCpuStat(*text, stats);
    if (const auto text = cpu_accounting_.Read(buffer)) v1::ParseCpuAccounting(*text, ticks_a_second_, stats);
    if (const auto text = oom_.Read(buffer)) v1::ParseOomControl(*text, stats);
    stats.memory_usage = number(usage_);
    stats.memory_max_usage = number(peak_);
    stats.memory_failcnt = number(failures_);
    stats.memory_kernel = number(kernel_);
    stats.pids = number(pids_);
    if (const auto text = io_bytes_.Read(buffer)) {
      v1::ParseBlockIo(*text, &IoDevice::read_bytes, &IoDevice::write_bytes, stats.io);
    }
    if (const auto text = io_operations_.Read(buffer)) {
      v1::ParseBlockIo(*text, &IoDevice::reads, &IoDevice::writes, stats.io);
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
  uint64_t ticks_a_second_;
  std::string cpu_folder_, memory_folder_, pids_folder_;
  KernelFile cpu_, cpu_usage_, cpu_accounting_, memory_, usage_, peak_, failures_, kernel_, oom_, pids_;
  KernelFile io_bytes_, io_operations_;
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
