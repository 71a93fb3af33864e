// What a cgroup says of the processes in it, whichever version it is of.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "exporter/kernel/text.h"

namespace tocsin::containers {

/// A figure, or none where the kernel does not have it. As an optional, in half its bytes, since every family
/// of a scrape walks over those of all containers; 2^64 - 1 can't be told from none.
class Figure {
 public:
  using value_type = uint64_t;
  constexpr Figure() = default;
  // Implicit, as those of an optional are. NOLINTBEGIN(google-explicit-constructor)
  constexpr Figure(uint64_t value) : value_(value) {}
  constexpr Figure(std::nullopt_t) {}
  constexpr Figure(std::optional<uint64_t> value) : value_(value.value_or(kNone)) {}
  // NOLINTEND(google-explicit-constructor)

  constexpr bool has_value() const { return value_ != kNone; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr uint64_t operator*() const { return value_; }
  constexpr uint64_t value_or(uint64_t other) const { return has_value() ? value_ : other; }
  friend constexpr bool operator==(Figure, Figure) = default;

 private:
  static constexpr uint64_t kNone = UINT64_MAX;
  uint64_t value_ = kNone;
};

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
