#include "alerting/notify/timeinterval/time_intervals.h"

#include <algorithm>
#include <iterator>

namespace tocsin::notify {

TimeIntervals::TimeIntervals(const std::vector<NamedTimeInterval>& intervals) {
  for (const NamedTimeInterval& interval : intervals) by_name_.emplace(interval.name, interval);
}

std::vector<std::string> TimeIntervals::Holding(const std::vector<std::string>& names, Timestamp at) const {
  std::vector<std::string> holding;
  std::copy_if(names.begin(), names.end(), std::back_inserter(holding), [&](const std::string& name) {
    auto found = by_name_.find(name);
    return found != by_name_.end() && found->second.Contains(at);
  });
  return holding;
}

std::vector<std::string> TimeIntervals::OutsideOf(const std::vector<std::string>& names, Timestamp at) const {
  return Holding(names, at).empty() ? names : std::vector<std::string>{};
}

}  // namespace tocsin::notify
