// Text functions that Prometheus and Alertmanager share.
#pragma once

#include <string>
#include <string_view>

#include "alerting/template/template.h"
#include "base/error.h"

namespace tocsin::templating {

/// Unicode case mapping, one rune to one.
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);
/// The first letter of each word in upper case, the others left alone.
std::string ToTitle(std::string_view text);

/// Go's regexp.ReplaceAllString: $1, ${1} and ${name} in `replacement` stand for what the groups matched.
Result<std::string> ReplaceAll(const std::string& pattern, std::string_view text,
                               std::string_view replacement);
/// True when the pattern matches anywhere in the text.
Result<bool> Match(const std::string& pattern, std::string_view text);

/// toUpper toLower title match reReplaceAll safeHtml humanizeDuration.
FunctionTable SharedFunctions();

}  // namespace tocsin::templating
