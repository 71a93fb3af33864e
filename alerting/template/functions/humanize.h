// Numbers as people read them: "1.235k", "1h 2m 3s", "12.5%".
#pragma once

#include <string>

#include "alerting/template/value.h"
#include "base/error.h"

namespace tocsin::templating {

std::string Humanize(double value);
std::string Humanize1024(double value);
std::string HumanizeDuration(double seconds);
std::string HumanizePercentage(double ratio);
/// Unix seconds to an instant; kInvalidArgument for NaN, infinities and what Go's nanoseconds can't hold.
Result<Timestamp> ToTime(double seconds);
Result<std::string> HumanizeTimestamp(double seconds);

}  // namespace tocsin::templating
