// Go's time.Time for templates: layouts like "2006-01-02 15:04:05 MST", and methods.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "alerting/template/value.h"

namespace tocsin::templating {

/// The layout of Time.String.
inline constexpr std::string_view kGoTimeString = "2006-01-02 15:04:05.999999999 -0700 MST";

/// time.Time.Format. Any year.
std::string FormatTime(const Time& time, std::string_view layout);

/// The time's instant shown in a zone of the system's tz database ("Europe/Paris"), "UTC" or "Local";
/// kInvalidArgument in Go's words ("unknown time zone X").
Result<Time> InZone(const Time& time, const std::string& zone);

/// Methods of time.Time (Format, Unix, Sub, Before, Year …) and time.Duration (Seconds, Round, String …);
/// nullopt when there is none of that name.
std::optional<Result<Value>> CallTimeMethod(const Time& time, std::string_view name,
                                            std::span<const Value> args);
std::optional<Result<Value>> CallDurationMethod(Value::Nanoseconds duration, std::string_view name,
                                                std::span<const Value> args);
/// String, the only method of time.Month and time.Weekday that templates can use.
std::optional<Result<Value>> CallNamedMethod(const Named& named, std::string_view name,
                                             std::span<const Value> args);
/// "January", "Sunday"; as Go for numbers that are none: "%!Month(13)".
std::string NameOf(const Named& named);

}  // namespace tocsin::templating
