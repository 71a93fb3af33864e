// When groups are evaluated: at fixed slots, spread over the interval so that not all groups work at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace tocsin::rules {

/// Slots lie at multiples of `interval` plus an offset that is a hash of the group's file and name: the same
/// after each restart.
class Schedule {
 public:
  Schedule(std::string_view file, std::string_view name, Duration interval);

  /// The first slot after `now`.
  Timestamp After(Timestamp now) const;

  struct Next {
    Timestamp slot;
    uint64_t missed = 0;  ///< slots before it that nobody evaluates any more
  };
  /// The slot that follows the one evaluated, at the time that its evaluation ended: the newest one that is
  /// due, else the one to wait for.
  Next Following(Timestamp evaluated, Timestamp now) const;

 private:
  Duration interval_;
  Duration offset_;
};

}  // namespace tocsin::rules
