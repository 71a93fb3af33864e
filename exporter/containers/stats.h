// What a cgroup says of the processes in it, whichever version it is of.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "exporter/kernel/text.h"

namespace tocsin::containers {

/// A figure that the kernel does not have is left empty.
using Figure = std::optional<uint64_t>;

struct IoDevice {
  uint64_t major = 0;
  uint64_t minor = 0;
  uint64_t read_bytes = 0;
  uint64_t write_bytes = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
};

/// Times in nanoseconds, sizes in bytes.
struct Stats {
  Figure cpu_usage, cpu_user, cpu_system;
  Figure cpu_periods, cpu_throttled_periods, cpu_throttled;

  Figure memory_usage, memory_max_usage, memory_rss, memory_cache, memory_swap, memory_mapped_file,
      memory_kernel;
  Figure memory_active_file, memory_inactive_file, memory_failcnt;
  Figure page_faults, major_page_faults;          ///< of the cgroup and those below it
  Figure own_page_faults, own_major_page_faults;  ///< of itself alone
  Figure memory_events_high, memory_events_max, oom_kills;

  Figure pids;
  std::vector<IoDevice> io;
  kernel::Pressure cpu_pressure, memory_pressure, io_pressure;

  /// Usage without what the kernel could give back at once: cAdvisor's working set.
  Figure WorkingSet() const;
};

/// What the cgroup may use. 0 is no limit, as cAdvisor has it.
struct Limits {
  Figure cpu_shares, cpu_period, cpu_quota;  ///< period and quota in microseconds
  Figure memory, memory_swap, memory_reservation;
  Figure pids;
};

}  // namespace tocsin::containers
