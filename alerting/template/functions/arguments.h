// What template functions take their arguments with: a value of the type that the Go function declares, or
// the error that Go gives for another.
#pragma once

#include <functional>
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
tl::unexpected<Error> BadArgument(std::string message);

/// A function of one text as a template function.
template <typename Map>
std::function<Result<Value>(std::span<const Value>)> OnText(Map map) {
  return [map](std::span<const Value> args) -> Result<Value> {
    const auto text = TextArgument(args[0]);
    if (!text) return tl::unexpected(text.error());
    return Value(map(*text));
  };
}

}  // namespace tocsin::templating
