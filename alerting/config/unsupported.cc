#include "alerting/config/unsupported.h"

#include <fmt/format.h>

namespace tocsin::config {

Result<Unsupported> ParseUnsupported(std::string_view text) {
  if (text == "error") return Unsupported::kError;
  if (text == "warn") return Unsupported::kWarn;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is neither \"error\" nor \"warn\"", text));
}

}  // namespace tocsin::config
