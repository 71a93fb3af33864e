// What template functions take their arguments with: a value of the type that the Go function declares, or
// the error that Go gives for another.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "alerting/template/value.h"
#include "base/error.h"

namespace tocsin::templating {

/// A string; template.HTML and template.URL convert, as Go's reflect does not: users meet them as strings.
Result<std::string> TextArgument(const Value& value);
/// What Prometheus and Alertmanager take for a number: floats, ints, durations (in seconds), and strings that
/// parse as one.
Result<double> NumberArgument(const Value& value);
Result<Time> TimeArgument(const Value& value);

}  // namespace tocsin::templating
