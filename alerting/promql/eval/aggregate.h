#pragma once

#include <memory>

#include "alerting/promql/eval/columns.h"
#include "alerting/promql/eval/selection.h"
#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// Aggregates the columns over the steps of the grid. `param` is the evaluated parameter, null when the
/// operator has none. kUnsupported names an operator that this version can't evaluate.
Result<Columns> RunAggregate(const Aggregate& aggregate, const Columns& columns, const Value* param,
                             size_t steps, Annotations& notes);

/// An aggregation that takes columns as they come and keeps none of them.
class ColumnFold : public ColumnSink {
 public:
  /// Nothing was taken.
  virtual bool empty() const = 0;
  /// What RunAggregate() makes of the columns.
  virtual Columns Folded() = 0;
};

/// Null for an operator that has a parameter. The aggregate outlives it.
std::unique_ptr<ColumnFold> MakeFold(const Aggregate& aggregate, size_t steps);

}  // namespace tocsin::promql
