// Go's encoding/json of template values.
#pragma once

#include <string>
#include <string_view>

#include "alerting/template/value.h"

namespace tocsin::templating {

/// json.Marshal: maps by key, <, > and & escaped, times as RFC 3339. kInvalidArgument for NaN and infinities.
Result<std::string> ToJson(const Value& value);
/// One string, quoted.
std::string JsonString(std::string_view text);

}  // namespace tocsin::templating
