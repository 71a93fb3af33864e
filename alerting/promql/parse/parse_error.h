// How the parser and the type check say what is wrong and where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "alerting/promql/parse/ast.h"
#include "base/error.h"

namespace tocsin::promql {

/// The line and column (in bytes, from 1) of the byte `at`.
Position PositionOf(std::string_view text, size_t at);

/// "parse error: message" at the line and column (in bytes, from 1) where `span` starts.
Error ParseError(std::string_view text, Span span, std::string_view message);

}  // namespace tocsin::promql
