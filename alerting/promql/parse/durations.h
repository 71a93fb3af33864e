// Arithmetic in durations, calculated before a query runs.
#pragma once

#include "alerting/promql/parse/ast.h"
#include "base/error.h"

namespace tocsin::promql {

/// Calculates every duration expression of the tree into the range, step or offset that it stands for.
/// kInvalidArgument in Prometheus' words ("4:9: duration must be greater than 0", where the numbers are the
/// expression's bytes) for one that is not positive, overflows or divides by zero.
Status ResolveDurations(Expr& expr);

}  // namespace tocsin::promql
