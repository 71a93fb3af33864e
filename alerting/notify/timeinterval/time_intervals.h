// The time intervals of a configuration by their names, which routes refer to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "alerting/notify/timeinterval/time_interval.h"

namespace tocsin::notify {

/// Immutable; thread safe.
class TimeIntervals {
 public:
  explicit TimeIntervals(const std::vector<NamedTimeInterval>& intervals);

  bool Has(const std::string& name) const { return by_name_.contains(name); }
  /// Those of `names` that hold at `at`: by them a route is muted.
  std::vector<std::string> Holding(const std::vector<std::string>& names, Timestamp at) const;
  /// All of `names` when none of them holds: a route that is only active then is muted by all of them.
  std::vector<std::string> OutsideOf(const std::vector<std::string>& names, Timestamp at) const;

 private:
  std::map<std::string, NamedTimeInterval> by_name_;
};

}  // namespace tocsin::notify
