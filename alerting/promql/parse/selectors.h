#pragma once

#include <string>
#include <vector>

#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// The selectors of an expression, printed, each once, in the order of the text. A selector within a subquery
/// becomes one over all that the subquery looks at, a `lookback` before it included.
std::vector<std::string> SelectorTexts(const Expr& expr, Duration lookback);

}  // namespace tocsin::promql
