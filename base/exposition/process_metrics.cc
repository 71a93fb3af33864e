#include "base/exposition/process_metrics.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::exposition {

namespace {

std::string ReadAll(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Of /proc/self/stat, by proc(5)'s numbers for them.
struct ProcessStat {
  uint64_t user_ticks = 0;      // 14
  uint64_t system_ticks = 0;    // 15
  uint64_t start_ticks = 0;     // 22
  uint64_t resident_pages = 0;  // 24
};

std::optional<ProcessStat> ReadStat() {
  const std::string text = ReadAll("/proc/self/stat");
  const size_t name_end = text.rfind(')');  // the name before it may hold anything
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  ProcessStat stat;
  std::string field;
  for (int number = 3; fields >> field; ++number) {
    if (number == 14) stat.user_ticks = std::stoull(field);
    if (number == 15) stat.system_ticks = std::stoull(field);
    if (number == 22) stat.start_ticks = std::stoull(field);
    if (number == 24) {
      stat.resident_pages = std::stoull(field);
      return stat;
    }
  }
  return std::nullopt;
}

/// Seconds since the epoch at which the system booted.
std::optional<double> BootTime() {
  std::istringstream lines(ReadAll("/proc/stat"));
  for (std::string word; lines >> word;) {
    double seconds = 0;
    if (word == "btime" && lines >> seconds) return seconds;
  }
  return std::nullopt;
}

/// Since 6.2 the kernel gives their number as the folder's size. Looking at each of thousands, as before,
/// costs more than reading them.
std::optional<uint64_t> OpenDescriptors() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
    return static_cast<uint64_t>(folder.st_size);
  std::error_code failed;
  const std::filesystem::directory_iterator entries("/proc/self/fd", failed);
  if (failed) return std::nullopt;
  const auto count = std::distance(begin(entries), end(entries));
  return static_cast<uint64_t>(count) - 1;  // without the directory's own
}

}  // namespace

void WriteProcessMetrics(Writer& writer) {
  const std::optional<ProcessStat> stat = ReadStat();
  const auto ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (stat) {
    writer.Family("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                  Type::kCounter);
    writer.Sample("", static_cast<double>(stat->user_ticks + stat->system_ticks) / ticks_a_second);
  }
  if (const std::optional<uint64_t> descriptors = OpenDescriptors()) {
    writer.Family("process_open_fds", "Number of open file descriptors.", Type::kGauge);
    writer.Sample("", *descriptors);
  }
  if (!stat) return;
  writer.Family("process_resident_memory_bytes", "Resident memory size in bytes.", Type::kGauge);
  writer.Sample("", stat->resident_pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
  if (const std::optional<double> boot = BootTime()) {
    writer.Family("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
                  Type::kGauge);
    writer.Sample("", *boot + static_cast<double>(stat->start_ticks) / ticks_a_second);
  }
}

}  // namespace tocsin::exposition
