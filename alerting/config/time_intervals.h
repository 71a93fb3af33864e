// `time_intervals` of an alertmanager.yml, and the older `mute_time_intervals`, which means the same.
#pragma once

#include <vector>

#include "alerting/notify/timeinterval/time_interval.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

/// Reads both lists below `in`; a name in both, or twice in one, is a fault.
std::vector<notify::NamedTimeInterval> ReadTimeIntervals(yaml::MappingReader& in, Errors& errors);

}  // namespace tocsin::config
