#pragma once

#include "alerting/promql/eval/columns.h"
#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// Aggregates the columns over the steps of the grid. `param` is the evaluated parameter, null when the
/// operator has none. kUnsupported names an operator that this version can't evaluate.
Result<Columns> RunAggregate(const Aggregate& aggregate, const Columns& columns, const Value* param,
                             size_t steps, Annotations& notes);

}  // namespace tocsin::promql
