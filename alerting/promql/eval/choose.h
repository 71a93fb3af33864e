// topk, bottomk, limitk and limit_ratio: cells of the input that stay as they are.
#pragma once

#include <vector>

#include "alerting/promql/eval/columns.h"
#include "alerting/promql/eval/grouping.h"
#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// `params` has the operator's parameter at each step. With one step the columns of the result stand group by
/// group, the best first. kInvalidArgument for a parameter that is no number where there is something to
/// choose from.
Result<Columns> Choose(const Aggregate& aggregate, const Columns& columns,
                       const std::vector<ColumnGroup>& groups, const ScalarCells& params, Annotations& notes);

}  // namespace tocsin::promql
