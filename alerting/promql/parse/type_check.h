#pragma once

#include <string_view>

#include "alerting/promql/parse/ast.h"
#include "base/error.h"

namespace tocsin::promql {

/// Checks operand and argument types and counts, and settles what depends on them: the cardinality of set
/// operators, and that matching means nothing next to a scalar. `text` is what positions refer to.
Status CheckTypes(std::string_view text, Expr& expr);

}  // namespace tocsin::promql
