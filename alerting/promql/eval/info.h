// info(): adds the labels of info metrics (target_info by default) to the series of their targets.
#pragma once

#include "alerting/promql/eval/columns.h"
#include "alerting/promql/eval/query_context.h"
#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// `base` is the value of the call's first argument. At each step a series gets the labels of the info series
/// that have its `instance` and `job`; kInvalidArgument where two of those contradict each other.
Result<Columns> AddInfoLabels(const Call& call, const Columns& base, const Grid& grid, QueryContext& query);

}  // namespace tocsin::promql
