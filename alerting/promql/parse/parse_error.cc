#include "alerting/promql/parse/parse_error.h"

#include <algorithm>

#include <fmt/format.h>

namespace tocsin::promql {

Position PositionOf(std::string_view text, size_t at) {
  std::string_view before = text.substr(0, std::min(at, text.size()));
  size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  auto column = static_cast<int>(before.size() - line_start) + 1;
  return Position{"", line, column};
}

Error ParseError(std::string_view text, Span span, std::string_view message) {
  return {ErrorCode::kInvalidArgument, fmt::format("parse error: {}", message), PositionOf(text, span.start)};
}

}  // namespace tocsin::promql
