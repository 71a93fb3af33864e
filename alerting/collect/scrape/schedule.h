// When a target is scraped: at fixed slots of wall-clock time, offset within the interval by the target's
// hash, so that many targets spread evenly and a restart keeps each one's place.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace tocsin::collect {

/// The slots of one target. A value.
class Schedule {
 public:
  Schedule(Duration interval, uint64_t hash);

  /// The last slot at or before `t`.
  Timestamp SlotAt(Timestamp t) const;
  /// The slot after the one that just fired. Slots that passed meanwhile are left out, never caught up; a
  /// timer that fired a little early does not fire its slot twice; after the clock was set back it starts
  /// anew from `now`.
  Timestamp Next(Timestamp fired, Timestamp now) const;
  Duration interval() const { return interval_; }

 private:
  Duration interval_;
  int64_t offset_;  // milliseconds, in [0, interval)
};

}  // namespace tocsin::collect
