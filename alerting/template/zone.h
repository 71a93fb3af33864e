// Time zones from the system's tz database.
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"
#include "base/time.h"

namespace tocsin::templating {

struct LocalTimeType {
  std::chrono::seconds offset{0};
  std::string abbreviation;
};

/// What applies in `zone` ("Europe/Berlin", "UTC") at that instant. kInvalidArgument "unknown time zone X" as
/// Go says; kUnsupported for an instant after the last transition that the zone's file lists, where it would
/// take the file's rule for later years.
Result<LocalTimeType> LookUpZone(const std::string& zone, Timestamp at);

}  // namespace tocsin::templating
