// What to do about a key that Prometheus or Alertmanager knows and this version can't honour.
#pragma once

#include <string_view>

#include "base/error.h"

namespace tocsin::config {

/// --config.unsupported.
enum class Unsupported { kError, kWarn };
/// "error" or "warn"; kInvalidArgument names the choices otherwise.
Result<Unsupported> ParseUnsupported(std::string_view text);

}  // namespace tocsin::config
