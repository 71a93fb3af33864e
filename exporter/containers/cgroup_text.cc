#include "exporter/containers/cgroup_text.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace tocsin::containers {

namespace {

using kernel::NextLine;
using kernel::NextNumber;
using kernel::NextWord;

struct Field {
  std::string_view key;
  Figure* value;
  uint64_t unit = 1;
};

/// Lines of a key, a blank and a number, each key once; keys that are not among the fields are passed over.
/// Most lines of most files are, so that what costs is to find that out: the blank alone tells it of nearly
/// all.
void ReadFields(std::string_view text, std::initializer_list<Field> fields) {
  size_t missing = fields.size();
  std::string_view line;
  while (missing > 0 && NextLine(text, line)) {
    for (const Field& field : fields) {
      const size_t length = field.key.size();
      if (line.size() <= length || line[length] != ' ' || !line.starts_with(field.key)) continue;
      const Figure number = kernel::ToNumber(line.substr(length + 1));
      if (number) *field.value = *number * field.unit;
      --missing;
      break;
    }
  }
}

/// "8:0"
std::optional<IoDevice> ParseDevice(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const Figure major = kernel::ToNumber(text.substr(0, colon));
  const Figure minor = kernel::ToNumber(text.substr(colon + 1));
  if (!major || !minor) return std::nullopt;
  IoDevice device;
  device.major = *major;
  device.minor = *minor;
  return device;
}

IoDevice& DeviceOf(const IoDevice& wanted, std::vector<IoDevice>& devices) {
  const auto found = std::find_if(devices.begin(), devices.end(), [&wanted](const IoDevice& device) {
    return device.major == wanted.major && device.minor == wanted.minor;
  });
  return found != devices.end() ? *found : devices.emplace_back(wanted);
}

}  // namespace

Figure Stats::WorkingSet() const {
  if (!memory_usage) return std::nullopt;
  const uint64_t idle = memory_inactive_file.value_or(0);
  return *memory_usage > idle ? *memory_usage - idle : 0;
}

namespace v1 {

void ParseCpuStat(std::string_view text, Stats& stats) {
  ReadFields(text, {{"nr_periods", &stats.cpu_periods},
                    {"nr_throttled", &stats.cpu_throttled_periods},
                    {"throttled_time", &stats.cpu_throttled}});
}

void ParseCpuAccounting(std::string_view text, uint64_t ticks_a_second, Stats& stats) {
  const uint64_t tick = 1'000'000'000 / std::max<uint64_t>(ticks_a_second, 1);
  ReadFields(text, {{"user", &stats.cpu_user, tick}, {"system", &stats.cpu_system, tick}});
}

void ParseMemoryStat(std::string_view text, Stats& stats) {
  ReadFields(text, {{"total_rss", &stats.memory_rss},
                    {"total_cache", &stats.memory_cache},
                    {"total_swap", &stats.memory_swap},
                    {"total_mapped_file", &stats.memory_mapped_file},
                    {"total_active_file", &stats.memory_active_file},
                    {"total_inactive_file", &stats.memory_inactive_file},
                    {"pgfault", &stats.own_page_faults},
                    {"pgmajfault", &stats.own_major_page_faults},
                    {"total_pgfault", &stats.page_faults},
                    {"total_pgmajfault", &stats.major_page_faults}});
}

void ParseOomControl(std::string_view text, Stats& stats) {
  ReadFields(text, {{"oom_kill", &stats.oom_kills}});
}

void ParseBlockIo(std::string_view text, uint64_t IoDevice::*read, uint64_t IoDevice::*write,
                  std::vector<IoDevice>& devices) {
  std::string_view line;
  while (NextLine(text, line)) {
    const std::optional<IoDevice> device = ParseDevice(NextWord(line));
    const std::string_view operation = NextWord(line);
    const Figure number = NextNumber(line);
    if (!device || !number) continue;
    if (operation == "Read") DeviceOf(*device, devices).*read = *number;
    if (operation == "Write") DeviceOf(*device, devices).*write = *number;
  }
}

Figure ParseLimit(std::string_view text) {
  constexpr uint64_t kNone = uint64_t{1} << 62;
  const Figure limit = kernel::OneNumber(text);
  if (!limit) return 0;  // -1 and "max" are not numbers to us
  return *limit >= kNone ? 0 : *limit;
}

}  // namespace v1

namespace v2 {

void ParseCpuStat(std::string_view text, Stats& stats) {
  constexpr uint64_t kMicro = 1000;
  ReadFields(text, {{"usage_usec", &stats.cpu_usage, kMicro},
                    {"user_usec", &stats.cpu_user, kMicro},
                    {"system_usec", &stats.cpu_system, kMicro},
                    {"nr_periods", &stats.cpu_periods},
                    {"nr_throttled", &stats.cpu_throttled_periods},
                    {"throttled_usec", &stats.cpu_throttled, kMicro}});
}

void ParseMemoryStat(std::string_view text, Stats& stats) {
  ReadFields(text, {{"anon", &stats.memory_rss},
                    {"file", &stats.memory_cache},
                    {"kernel", &stats.memory_kernel},
                    {"file_mapped", &stats.memory_mapped_file},
                    {"active_file", &stats.memory_active_file},
                    {"inactive_file", &stats.memory_inactive_file},
                    {"pgfault", &stats.page_faults},
                    {"pgmajfault", &stats.major_page_faults}});
  stats.own_page_faults = stats.page_faults;  // v2 has them of the whole subtree alone
  stats.own_major_page_faults = stats.major_page_faults;
}

void ParseMemoryEvents(std::string_view text, Stats& stats) {
  ReadFields(text, {{"high", &stats.memory_events_high},
                    {"max", &stats.memory_events_max},
                    {"oom_kill", &stats.oom_kills}});
  stats.memory_failcnt = stats.memory_events_max;
}

void ParseIoStat(std::string_view text, std::vector<IoDevice>& devices) {
  std::string_view line;
  while (NextLine(text, line)) {
    std::optional<IoDevice> device = ParseDevice(NextWord(line));
    if (!device) continue;
    for (auto word = NextWord(line); !word.empty(); word = NextWord(line)) {
      const size_t equals = std::min(word.find('='), word.size() - 1);
      const std::string_view key = word.substr(0, equals);
      const uint64_t number = kernel::ToNumber(word.substr(equals + 1)).value_or(0);
      if (key == "rbytes") device->read_bytes = number;
      if (key == "wbytes") device->write_bytes = number;
      if (key == "rios") device->reads = number;
      if (key == "wios") device->writes = number;
    }
    devices.push_back(*device);
  }
}

void ParseCpuMax(std::string_view text, Limits& limits) {
  std::string_view line;
  if (!NextLine(text, line)) return;
  const Figure quota = NextNumber(line);  // "max" is no number
  limits.cpu_quota = quota.value_or(0);
  limits.cpu_period = NextNumber(line);
}

Figure ParseLimit(std::string_view text) { return kernel::OneNumber(text).value_or(0); }

uint64_t SharesOfWeight(uint64_t weight) { return weight == 0 ? 0 : (weight - 1) * 262'142 / 9'999 + 2; }

}  // namespace v2

}  // namespace tocsin::containers
