// Walks the tree and makes columns.
#pragma once

#include <optional>

#include "alerting/promql/eval/aggregate.h"
#include "alerting/promql/eval/columns.h"
#include "alerting/promql/eval/query_context.h"
#include "alerting/promql/eval/selection.h"
#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// One query's evaluation; one thread. Expressions are type-checked.
class Evaluator {
 public:
  explicit Evaluator(QueryContext& query) : query_(query) {}

  /// Of every type but a range vector.
  Result<Value> Evaluate(const Expr& expr, const Grid& grid);

  /// Of a range vector: the samples of each step's window lie in there.
  Result<RangeInput> EvaluateRange(const Expr& expr, const Grid& grid);

 private:
  Result<Value> EvaluateFresh(const Expr& expr, const Grid& grid);
  Result<RangeInput> EvaluateRangeFresh(const Expr& inner, const Grid& grid);
  Result<Value> EvaluateAtEachStep(const Expr& expr, const Grid& grid);
  Result<Value> EvaluateUnary(const Unary& unary, const Grid& grid);
  Result<Value> EvaluateBinary(const Binary& binary, const Grid& grid);
  Result<Value> EvaluateAggregate(const Aggregate& aggregate, const Grid& grid);
  bool IsShared(const Expr& expr) const;
  std::optional<Status> FoldInto(ColumnFold& fold, const Expr& expr, const Grid& grid);
  Result<Value> EvaluateCall(const Call& call, const Grid& grid);
  Result<Value> RunCells(const Call& call, const CellKernel& kernel, const Grid& grid);
  Result<Columns> RunWindowsOf(const Call& call, const WindowKernel& kernel, const Expr& range,
                               const Grid& grid);
  Result<Value> RunWindowCall(const Call& call, const WindowKernel& kernel, const Grid& grid);
  Result<Value> RunColumns(const Call& call, const ColumnsKernel& kernel, const Grid& grid);
  Result<Value> RunInfo(const Call& call, const Grid& grid);
  Result<Value> RunSampleTimes(const Call& call, const Grid& grid);
  Result<std::vector<ScalarCells>> ScalarArgs(const Call& call, const Grid& grid);

  QueryContext& query_;
};

}  // namespace tocsin::promql
