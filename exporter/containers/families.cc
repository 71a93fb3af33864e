#include "exporter/containers/families.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files.h"

namespace tocsin::containers {

namespace {

using exposition::Type;
using kernel::NetColumn;

/// A figure by its member, or by a function where it is none.
struct Family {
  std::string_view name;
  std::string_view help;
  Type type;
  Figure Stats::*figure;
  double divisor = 1;
  std::string_view more = {};  ///< a label behind the container's
};
constexpr double kNanoseconds = 1e9;
constexpr std::array kFamilies = {
    Family{"container_cpu_usage_seconds_total", "CPU time used.", Type::kCounter, &Stats::cpu_usage,
           kNanoseconds, R"(cpu="total")"},
    Family{"container_cpu_user_seconds_total", "CPU time used in user mode.", Type::kCounter,
           &Stats::cpu_user, kNanoseconds},
    Family{"container_cpu_system_seconds_total", "CPU time used in system mode.", Type::kCounter,
           &Stats::cpu_system, kNanoseconds},
    Family{"container_cpu_cfs_periods_total", "Periods of the CPU quota that have passed.", Type::kCounter,
           &Stats::cpu_periods},
    Family{"container_cpu_cfs_throttled_periods_total", "Periods in which the quota ran out.", Type::kCounter,
           &Stats::cpu_throttled_periods},
    Family{"container_cpu_cfs_throttled_seconds_total", "Time that the quota kept it waiting.",
           Type::kCounter, &Stats::cpu_throttled, kNanoseconds},
    Family{"container_memory_usage_bytes", "Memory in use, caches among it.", Type::kGauge,
           &Stats::memory_usage},
    Family{"container_memory_max_usage_bytes", "The most memory that was in use.", Type::kGauge,
           &Stats::memory_max_usage},
    Family{"container_memory_rss", "Anonymous memory and swap cache.", Type::kGauge, &Stats::memory_rss},
    Family{"container_memory_cache", "Page cache.", Type::kGauge, &Stats::memory_cache},
    Family{"container_memory_swap", "Swap in use.", Type::kGauge, &Stats::memory_swap},
    Family{"container_memory_mapped_file", "Mapped files.", Type::kGauge, &Stats::memory_mapped_file},
    Family{"container_memory_kernel_usage", "Memory of the kernel's own.", Type::kGauge,
           &Stats::memory_kernel},
    Family{"container_memory_total_active_file_bytes", "Page cache in recent use.", Type::kGauge,
           &Stats::memory_active_file},
    Family{"container_memory_total_inactive_file_bytes", "Page cache that can be given back at once.",
           Type::kGauge, &Stats::memory_inactive_file},
    Family{"container_memory_failcnt", "Times that the memory limit was hit.", Type::kCounter,
           &Stats::memory_failcnt},
    Family{"container_memory_events_high_total", "Times that memory.high made it reclaim.", Type::kCounter,
           &Stats::memory_events_high},
    Family{"container_memory_events_max_total", "Times that it was about to exceed memory.max.",
           Type::kCounter, &Stats::memory_events_max},
    Family{"container_threads", "Threads and processes.", Type::kGauge, &Stats::pids},
};

struct LimitFamily {
  std::string_view name;
  std::string_view help;
  Figure Limits::*figure;
  bool needed = false;  ///< left out where it is 0
};
constexpr std::array kLimitFamilies = {
    LimitFamily{"container_spec_cpu_period", "Length of a period of the CPU quota, in microseconds.",
                &Limits::cpu_period},
    LimitFamily{"container_spec_cpu_quota", "CPU time that it may use in a period, in microseconds.",
                &Limits::cpu_quota, true},
    LimitFamily{"container_spec_cpu_shares", "Its weight against others.", &Limits::cpu_shares},
    LimitFamily{"container_spec_memory_limit_bytes", "Memory that it may use; 0 is no limit.",
                &Limits::memory},
    LimitFamily{"container_spec_memory_reservation_limit_bytes", "Memory that it keeps in need; 0 is none.",
                &Limits::memory_reservation},
    LimitFamily{"container_spec_memory_swap_limit_bytes",
                "Swap that it may use (v1: with memory); 0 is no limit.", &Limits::memory_swap},
    LimitFamily{"container_threads_max", "Threads that it may have; 0 is no limit.", &Limits::pids},
};

struct NetFamily {
  std::string_view name;
  std::string_view help;
  NetColumn column;
};
constexpr std::array kNetFamilies = {
    NetFamily{"container_network_receive_bytes_total", "Bytes received.", NetColumn::kReceiveBytes},
    NetFamily{"container_network_receive_errors_total", "Errors of reception.", NetColumn::kReceiveErrors},
    NetFamily{"container_network_receive_packets_dropped_total", "Packets dropped on reception.",
              NetColumn::kReceiveDrop},
    NetFamily{"container_network_receive_packets_total", "Packets received.", NetColumn::kReceivePackets},
    NetFamily{"container_network_transmit_bytes_total", "Bytes sent.", NetColumn::kTransmitBytes},
    NetFamily{"container_network_transmit_errors_total", "Errors of sending.", NetColumn::kTransmitErrors},
    NetFamily{"container_network_transmit_packets_dropped_total", "Packets dropped on sending.",
              NetColumn::kTransmitDrop},
    NetFamily{"container_network_transmit_packets_total", "Packets sent.", NetColumn::kTransmitPackets},
};

struct IoFamily {
  std::string_view name;
  std::string_view help;
  uint64_t IoDevice::*figure;
};
constexpr std::array kIoFamilies = {
    IoFamily{"container_fs_reads_bytes_total", "Bytes read from the device.", &IoDevice::read_bytes},
    IoFamily{"container_fs_reads_total", "Reads from the device.", &IoDevice::reads},
    IoFamily{"container_fs_writes_bytes_total", "Bytes written to the device.", &IoDevice::write_bytes},
    IoFamily{"container_fs_writes_total", "Writes to the device.", &IoDevice::writes},
};

struct Fault {
  std::string_view labels;
  Figure Stats::*figure;
};
constexpr std::array kFaults = {
    Fault{R"(failure_type="pgfault",scope="container")", &Stats::own_page_faults},
    Fault{R"(failure_type="pgmajfault",scope="container")", &Stats::own_major_page_faults},
    Fault{R"(failure_type="pgfault",scope="hierarchy")", &Stats::page_faults},
    Fault{R"(failure_type="pgmajfault",scope="hierarchy")", &Stats::major_page_faults},
};

constexpr std::array kHealthLabels = {
    std::pair{Health::kStarting, R"(status="starting")"},
    std::pair{Health::kHealthy, R"(status="healthy")"},
    std::pair{Health::kUnhealthy, R"(status="unhealthy")"},
};

struct PressureFamily {
  std::string_view name;
  kernel::Pressure Stats::*resource;
  std::optional<uint64_t> kernel::Pressure::*kind;
};
constexpr std::array kPressureFamilies = {
    PressureFamily{"container_pressure_cpu_waiting_seconds_total", &Stats::cpu_pressure,
                   &kernel::Pressure::some},
    PressureFamily{"container_pressure_cpu_stalled_seconds_total", &Stats::cpu_pressure,
                   &kernel::Pressure::full},
    PressureFamily{"container_pressure_memory_waiting_seconds_total", &Stats::memory_pressure,
                   &kernel::Pressure::some},
    PressureFamily{"container_pressure_memory_stalled_seconds_total", &Stats::memory_pressure,
                   &kernel::Pressure::full},
    PressureFamily{"container_pressure_io_waiting_seconds_total", &Stats::io_pressure,
                   &kernel::Pressure::some},
    PressureFamily{"container_pressure_io_stalled_seconds_total", &Stats::io_pressure,
                   &kernel::Pressure::full},
};

/// Writes a family's samples as they come and its header before the first: a family that nobody has is not
/// there.
class Lazy {
 public:
  Lazy(exposition::Writer& writer, std::string_view name, std::string_view help, Type type)
      : writer_(writer), name_(name), help_(help), type_(type) {}
  void Sample(std::string_view labels, uint64_t value) {
    Open();
    writer_.Sample(labels, value);
  }
  void Sample(std::string_view labels, double value) {
    Open();
    writer_.Sample(labels, value);
  }
  template <typename Value>
  void Sample(std::string_view labels, std::string_view more, Value value) {
    Open();
    writer_.Sample(labels, more, value);
  }

 private:
  void Open() {
    if (!std::exchange(open_, true)) writer_.Family(name_, help_, type_);
  }

  exposition::Writer& writer_;
  std::string_view name_;
  std::string_view help_;
  Type type_;
  bool open_ = false;
};

using Containers = std::span<const Row>;
using Measured = std::span<const Figures>;

void WriteFigures(exposition::Writer& writer, Measured containers) {
  for (const Family& family : kFamilies) {
    Lazy lazy(writer, family.name, family.help, family.type);
    for (const Figures& each : containers) {
      const Figure& figure = each.stats.*family.figure;
      if (!figure) continue;
      if (family.divisor == 1) {
        lazy.Sample(each.labels, family.more, *figure);
      } else {
        lazy.Sample(each.labels, family.more, static_cast<double>(*figure) / family.divisor);
      }
    }
  }
  Lazy working(writer, "container_memory_working_set_bytes", "Memory in use without inactive page cache.",
               Type::kGauge);
  for (const Figures& each : containers) {
    const Figure figure = each.stats.WorkingSet();
    if (figure) working.Sample(each.labels, *figure);
  }
}

void WriteFaults(exposition::Writer& writer, Measured containers) {
  Lazy lazy(writer, "container_memory_failures_total", "Page faults.", Type::kCounter);
  for (const Figures& each : containers) {
    for (const Fault& fault : kFaults) {
      const Figure& figure = each.stats.*fault.figure;
      if (figure) lazy.Sample(each.labels, fault.labels, *figure);
    }
  }
}

void WriteLimits(exposition::Writer& writer, Measured containers) {
  for (const LimitFamily& family : kLimitFamilies) {
    Lazy lazy(writer, family.name, family.help, Type::kGauge);
    for (const Figures& each : containers) {
      const Figure& figure = each.limits.*family.figure;
      if (figure && !(family.needed && *figure == 0)) lazy.Sample(each.labels, *figure);
    }
  }
}

void WriteNetwork(exposition::Writer& writer, Measured containers) {
  for (const NetFamily& family : kNetFamilies) {
    Lazy lazy(writer, family.name, family.help, Type::kCounter);
    for (const Figures& each : containers) {
      for (const Interface& interface : each.interfaces) {
        lazy.Sample(each.labels, *interface.label, interface.counters[static_cast<size_t>(family.column)]);
      }
    }
  }
}

void WriteIo(exposition::Writer& writer, Measured containers, DeviceLabels& devices) {
  for (const IoFamily& family : kIoFamilies) {
    Lazy lazy(writer, family.name, family.help, Type::kCounter);
    for (const Figures& each : containers) {
      for (const IoDevice& device : each.stats.io) {
        lazy.Sample(each.labels, devices.LabelOf(device.major, device.minor), device.*family.figure);
      }
    }
  }
}

void WritePressure(exposition::Writer& writer, Measured containers) {
  for (const PressureFamily& family : kPressureFamilies) {
    Lazy lazy(writer, family.name,
              "Time that its processes waited for the resource: some of them, or all (stalled).",
              Type::kCounter);
    for (const Figures& each : containers) {
      const auto& micros = each.stats.*family.resource.*family.kind;
      if (micros) lazy.Sample(each.labels, static_cast<double>(*micros) / 1e6);
    }
  }
}

/// cAdvisor's: 1 healthy, 0 not (yet), -1 without a check.
double HealthState(Health health) {
  if (health == Health::kNone) return -1;
  return health == Health::kHealthy ? 1 : 0;
}

void WriteHealth(exposition::Writer& writer, Containers containers) {
  Lazy state(writer, "container_health_state",
             "1 healthy, 0 starting or unhealthy, -1 without a health check.", Type::kGauge);
  for (const Row& each : containers) state.Sample(each.labels, HealthState(each.health));
  Lazy status(writer, "container_health_status", "1 for what the health check says; only where there is one.",
              Type::kGauge);
  for (const Row& each : containers) {
    if (each.health == Health::kNone) continue;
    for (const auto& [health, label] : kHealthLabels) {
      status.Sample(each.labels, label, uint64_t{each.health == health ? 1U : 0U});
    }
  }
}

/// By what the kernel tells udev of a block device: a name in /sys would have '!' where that in /dev has '/'.
std::optional<std::string> DeviceNameOf(const Result<std::string>& event) {
  constexpr std::string_view kKey = "DEVNAME=";
  std::string_view rest = event ? std::string_view(*event) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (line.starts_with(kKey)) return "/dev/" + std::string(line.substr(kKey.size()));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return std::nullopt;
}

}  // namespace

const std::string& DeviceLabels::LabelOf(uint64_t major, uint64_t minor) {
  const auto [found, is_new] = labels_.try_emplace({major, minor});
  if (is_new) {
    const std::string number = std::to_string(major) + ":" + std::to_string(minor);
    found->second = RenderLabel(
        "device", DeviceNameOf(ReadFile(sysfs_ + "/dev/block/" + number + "/uevent")).value_or(number));
  }
  return found->second;
}

void Rows::Clear() {
  figures_.resize(std::min(figures_.size(), measured_.size() + 1));
  all_.clear();
  measured_.clear();
  labels_.clear();
}

Figures& Rows::Next() {
  if (measured_.size() == figures_.size()) figures_.emplace_back();
  Figures& figures = figures_[measured_.size()];
  std::vector<IoDevice> io = std::move(figures.stats.io);  // for its memory
  io.clear();
  figures.stats = Stats();
  figures.stats.io = std::move(io);
  figures.interfaces.clear();
  return figures;
}

void Rows::Add(const Tracked& container, bool has_figures) {
  const Container& info = container.info;
  if (has_figures) {
    Figures& figures = figures_[measured_.size()];
    figures.limits = container.limits;
    figures.started_seconds = info.never_ran() ? std::nullopt : std::optional(info.started_seconds);
    measured_.push_back(all_.size());
  }
  all_.push_back({.container = &container,
                  .labels = container.labels,
                  .restarts = container.restarts,
                  .oom_kills = container.oom_kills(),
                  .exit_code = info.exit_code,
                  .state = info.state,
                  .health = info.health,
                  .is_expected = container.is_expected(),
                  .has_ended = !info.is_up() && !info.never_ran()});
  labels_ += container.labels;
}

void Rows::Finish() {
  size_t at = 0;
  for (Row& row : all_) {
    row.labels = std::string_view(labels_).substr(at, row.labels.size());
    at += row.labels.size();
  }
  for (size_t i = 0; i < measured_.size(); ++i) figures_[i].labels = all_[measured_[i]].labels;
}

void WriteStats(exposition::Writer& writer, const Rows& rows, DeviceLabels& devices, Timestamp now) {
  WriteFigures(writer, rows.measured());
  WriteFaults(writer, rows.measured());
  WriteLimits(writer, rows.measured());
  WriteNetwork(writer, rows.measured());
  WriteIo(writer, rows.measured(), devices);
  WritePressure(writer, rows.measured());
  Lazy seen(writer, "container_last_seen", "When it was last read, since the epoch.", Type::kGauge);
  for (const Figures& each : rows.measured()) {
    seen.Sample(each.labels, static_cast<uint64_t>(now.millis() / 1000));
  }
  Lazy started(writer, "container_start_time_seconds", "When its present run began, since the epoch.",
               Type::kGauge);
  for (const Figures& each : rows.measured()) {
    if (each.started_seconds) started.Sample(each.labels, *each.started_seconds);
  }
  for (const auto& [name, help] :
       {std::pair{"container_oom_kills_total", "Processes of it that the kernel killed for want of memory."},
        std::pair{"container_oom_events_total", "The same, under cAdvisor's name."}}) {
    Lazy kills(writer, name, help, Type::kCounter);
    for (const Row& each : rows.all()) kills.Sample(each.labels, each.oom_kills);
  }
}

void WriteStates(exposition::Writer& writer, Containers containers,
                 const std::map<std::string, Removed>& removed) {
  Lazy states(writer, "container_state",
              "1 for the state that it is in, 0 for the others; removed: it ought to be there.",
              Type::kGauge);
  std::array<std::string, kStateCount> names;
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = RenderLabel("state", StateName(static_cast<State>(i)));
  }
  for (const Row& each : containers) {
    for (size_t i = 0; i < static_cast<size_t>(State::kRemoved); ++i) {
      const bool is = static_cast<size_t>(each.state) == i;
      states.Sample(each.labels, names[i], uint64_t{is ? 1U : 0U});
    }
  }
  for (const auto& [name, gone] : removed) {
    states.Sample(gone.labels, names[static_cast<size_t>(State::kRemoved)], uint64_t{1});
  }

  Lazy expected(
      writer, "container_expected_running",
      "1 when it ought to run: it does, it was stopped, it failed, or it is gone; 0 when it did its work.",
      Type::kGauge);
  for (const Row& each : containers) expected.Sample(each.labels, uint64_t{each.is_expected ? 1U : 0U});
  for (const auto& [name, gone] : removed) expected.Sample(gone.labels, uint64_t{1});

  WriteHealth(writer, containers);
  Lazy restarts(writer, "container_restarts_total", "Times that it was begun again.", Type::kCounter);
  for (const Row& each : containers) restarts.Sample(each.labels, each.restarts);
  Lazy codes(writer, "container_exit_code", "With which code its last run ended; only where it does not run.",
             Type::kGauge);
  for (const Row& each : containers) {
    if (each.has_ended) codes.Sample(each.labels, static_cast<double>(each.exit_code));
  }
}

}  // namespace tocsin::containers
