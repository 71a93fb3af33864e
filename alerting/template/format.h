// Go's fmt for template values: verbs, flags, widths, precisions, and its notes about bad ones
// ("%!d(string=x)").
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "alerting/template/value.h"

namespace tocsin::templating {

std::string Sprintf(std::string_view format, std::span<const Value> args);
/// Spaces between operands when neither side is a string.
std::string Sprint(std::span<const Value> args);
/// Spaces between all operands, and a newline.
std::string Sprintln(std::span<const Value> args);

/// time.Duration's String: "1h2m3.5s".
std::string FormatGoDuration(std::chrono::nanoseconds duration);

}  // namespace tocsin::templating
