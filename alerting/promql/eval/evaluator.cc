#include "alerting/promql/eval/evaluator.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "alerting/promql/eval/aggregate.h"
#include "alerting/promql/eval/binary.h"
#include "alerting/promql/eval/info.h"
#include "alerting/promql/functions/kernels.h"

namespace tocsin::promql {
namespace {

/// True for functions whose result depends on the step itself, not on their arguments alone.
bool DependsOnStep(const Call& call) {
  std::string_view name = call.function->name;
  return name == "time" || name == "predict_linear" || name == "timestamp" ||
         (call.args.empty() && std::holds_alternative<CellKernel>(call.function->kernel));
}

/// Has the same value at each step: literals, and what @ fixes.
bool IsStepInvariant(const Expr& expr) {
  struct Visitor {
    bool operator()(const NumberLiteral&) const { return true; }
    bool operator()(const StringLiteral&) const { return true; }
    bool operator()(const VectorSelector& selector) const { return selector.time.fixed(); }
    bool operator()(const MatrixSelector& matrix) const { return matrix.selector.time.fixed(); }
    bool operator()(const Subquery& subquery) const { return subquery.time.fixed(); }
    bool operator()(const Call& call) const {
      return !DependsOnStep(call) && std::all_of(call.args.begin(), call.args.end(),
                                                 [](const ExprPtr& arg) { return IsStepInvariant(*arg); });
    }
    bool operator()(const Aggregate& aggregate) const {
      return IsStepInvariant(*aggregate.expr) &&
             (aggregate.param == nullptr || IsStepInvariant(*aggregate.param));
    }
    bool operator()(const Binary& binary) const {
      return IsStepInvariant(*binary.lhs) && IsStepInvariant(*binary.rhs);
    }
    bool operator()(const Unary& unary) const { return IsStepInvariant(*unary.expr); }
    bool operator()(const Paren& paren) const { return IsStepInvariant(*paren.expr); }
  };
  return std::visit(Visitor{}, expr.node);
}

Value Repeat(Value value, size_t steps) {
  if (auto* scalar = std::get_if<ScalarCells>(&value)) scalar->assign(steps, ScalarCells(*scalar)[0]);
  if (auto* columns = std::get_if<Columns>(&value)) {
    for (Column& column : *columns) column.cells = std::vector<double>(steps, column.cells[0]);
  }
  return value;
}

/// Where Prometheus says the arguments are: without their parentheses, but for what it evaluates once alone.
std::vector<Span> Places(const Call& call) {
  auto invariant = [](const ExprPtr& arg) { return IsStepInvariant(*arg); };
  const bool whole = std::all_of(call.args.begin(), call.args.end(), invariant);
  std::vector<Span> places;
  places.reserve(call.args.size());
  for (const ExprPtr& arg : call.args) {
    places.push_back(!whole && IsStepInvariant(*arg) ? arg->span : Unwrap(*arg).span);
  }
  return places;
}

/// By its name; one without a name says nothing.
bool MayBeCounter(std::string_view name) {
  return name.empty() || name.ends_with("_total") || name.ends_with("_sum") || name.ends_with("_count") ||
         name.ends_with("_bucket");
}

/// Where Prometheus says a range is: a subquery has lost its place there.
Span PlaceOf(const Expr& range) {
  const Expr& inner = Unwrap(range);
  return inner.As<Subquery>() != nullptr ? Span{} : inner.span;
}

void NoteNonCounters(const Columns& columns, Span at, Annotations& notes) {
  for (const Column& column : columns) {
    std::string_view name = column.labels.metric_name();
    if (MayBeCounter(name)) continue;
    notes.Inform("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " +
                     model::Quote(name),
                 at);
  }
}

}  // namespace

Result<Value> Evaluator::Evaluate(const Expr& expr, const Grid& grid) {
  if (Status alive = query_.CheckAlive(); !alive) return Fail(alive.error());
  if (grid.size() <= 1 || !IsStepInvariant(expr)) return EvaluateAtEachStep(expr, grid);
  Result<Value> once = EvaluateAtEachStep(expr, Grid{grid.start, grid.start, grid.step});
  if (!once) return once;
  return Repeat(std::move(*once), grid.size());
}

Result<Value> Evaluator::EvaluateAtEachStep(const Expr& expr, const Grid& grid) {
  if (const auto* number = expr.As<NumberLiteral>()) return Value(ScalarCells(grid.size(), number->value));
  if (const auto* string = expr.As<StringLiteral>()) return Value(string->value);
  if (const auto* paren = expr.As<Paren>()) return EvaluateAtEachStep(*paren->expr, grid);
  if (const auto* unary = expr.As<Unary>()) return EvaluateUnary(*unary, grid);
  if (const auto* binary = expr.As<Binary>()) return EvaluateBinary(*binary, grid);
  if (const auto* aggregate = expr.As<Aggregate>()) return EvaluateAggregate(*aggregate, grid);
  if (const auto* call = expr.As<Call>()) return EvaluateCall(*call, grid);
  if (const auto* selector = expr.As<VectorSelector>()) {
    Result<Columns> columns = SelectInstant(*selector, grid, CellOf::kValue, query_);
    if (!columns) return Fail(columns.error());
    return Value(std::move(*columns));
  }
  return Fail(ErrorCode::kInternal, "a range vector has no value of its own");
}

Result<RangeInput> Evaluator::EvaluateRange(const Expr& expr, const Grid& grid) {
  const Expr& inner = Unwrap(expr);
  if (const auto* matrix = inner.As<MatrixSelector>()) return SelectRange(*matrix, grid, query_);
  const auto* subquery = inner.As<Subquery>();
  if (subquery == nullptr) return Fail(ErrorCode::kInternal, "not a range vector");
  Grid steps = InnerGrid(*subquery, grid, query_);
  if (steps.size() == 0) return RangeOfColumns({}, steps, *subquery);
  if (Status counted = query_.CountSamples(steps.size()); !counted) return Fail(counted.error());
  Result<Value> value = Evaluate(*subquery->expr, steps);
  if (!value) return Fail(value.error());
  return RangeOfColumns(std::move(std::get<Columns>(*value)), steps, *subquery);
}

Result<Value> Evaluator::EvaluateUnary(const Unary& unary, const Grid& grid) {
  Result<Value> value = Evaluate(*unary.expr, grid);
  if (!value || !unary.negative) return value;
  if (auto* scalar = std::get_if<ScalarCells>(&*value)) {
    for (double& cell : *scalar) cell = -cell;
    return value;
  }
  auto& columns = std::get<Columns>(*value);
  for (Column& column : columns) {
    column.labels = WithoutMetricName(column.labels);
    for (double& cell : column.cells) {
      if (!IsAbsent(cell)) cell = -cell;
    }
  }
  if (Status unique = RejectDuplicates(columns); !unique) return Fail(unique.error());
  return value;
}

Result<Value> Evaluator::EvaluateBinary(const Binary& binary, const Grid& grid) {
  Result<Value> lhs = Evaluate(*binary.lhs, grid);
  if (!lhs) return lhs;
  Result<Value> rhs = Evaluate(*binary.rhs, grid);
  if (!rhs) return rhs;
  auto* left_scalar = std::get_if<ScalarCells>(&*lhs);
  auto* right_scalar = std::get_if<ScalarCells>(&*rhs);
  if (left_scalar != nullptr && right_scalar != nullptr) {
    return Value(ScalarBinary(binary, *left_scalar, *right_scalar));
  }
  Result<Columns> columns = Columns{};
  if (left_scalar != nullptr)
    columns = VectorScalarBinary(binary, std::move(std::get<Columns>(*rhs)), *left_scalar, true);
  else if (right_scalar != nullptr)
    columns = VectorScalarBinary(binary, std::move(std::get<Columns>(*lhs)), *right_scalar, false);
  else
    columns = VectorBinary(binary, std::move(std::get<Columns>(*lhs)), std::move(std::get<Columns>(*rhs)),
                           grid.size());
  if (!columns) return Fail(columns.error());
  return Value(std::move(*columns));
}

Result<Value> Evaluator::EvaluateAggregate(const Aggregate& aggregate, const Grid& grid) {
  std::optional<Value> param;
  if (aggregate.param != nullptr) {
    Result<Value> value = Evaluate(*aggregate.param, grid);
    if (!value) return value;
    param = std::move(*value);
  }
  Result<Value> value = Evaluate(*aggregate.expr, grid);
  if (!value) return value;
  Result<Columns> columns = RunAggregate(aggregate, std::get<Columns>(*value), param ? &*param : nullptr,
                                         grid.size(), query_.notes);
  if (!columns) return Fail(columns.error());
  return Value(std::move(*columns));
}

Result<Value> Evaluator::EvaluateCall(const Call& call, const Grid& grid) {
  const Kernel& kernel = call.function->kernel;
  if (const auto* cells = std::get_if<CellKernel>(&kernel)) return RunCells(call, *cells, grid);
  if (const auto* windows = std::get_if<WindowKernel>(&kernel)) return RunWindowCall(call, *windows, grid);
  if (const auto* columns = std::get_if<ColumnsKernel>(&kernel)) return RunColumns(call, *columns, grid);
  if (std::holds_alternative<SampleTimeKernel>(kernel)) return RunSampleTimes(call, grid);
  return RunInfo(call, grid);
}

Result<std::vector<ScalarCells>> Evaluator::ScalarArgs(const Call& call, const Grid& grid) {
  std::vector<ScalarCells> scalars;
  for (const ExprPtr& arg : call.args) {
    if (TypeOf(*arg) != model::ValueType::kScalar) continue;
    Result<Value> value = Evaluate(*arg, grid);
    if (!value) return Fail(value.error());
    scalars.push_back(std::move(std::get<ScalarCells>(*value)));
  }
  return scalars;
}

Result<Value> Evaluator::RunCells(const Call& call, const CellKernel& kernel, const Grid& grid) {
  Columns columns;
  if (call.args.empty()) {
    Column times{model::Labels(), std::vector<double>(grid.size())};
    for (size_t step = 0; step < grid.size(); ++step)
      times.cells[step] = static_cast<double>(grid.at(step)) / 1000;
    columns.push_back(std::move(times));
  } else {
    Result<Value> value = Evaluate(*call.args[0], grid);
    if (!value) return value;
    columns = std::move(std::get<Columns>(*value));
  }
  Result<std::vector<ScalarCells>> scalars = ScalarArgs(call, grid);
  if (!scalars) return Fail(scalars.error());
  std::vector<double> params(scalars->size());
  for (Column& column : columns) {
    column.labels = WithoutMetricName(column.labels);
    for (size_t step = 0; step < grid.size(); ++step) {
      if (IsAbsent(column.cells[step])) continue;
      for (size_t i = 0; i < params.size(); ++i) params[i] = (*scalars)[i][step];
      column.cells[step] = kernel.run(column.cells[step], params);
    }
  }
  DropEmpty(columns);
  if (Status merged = MergeDuplicates(columns); !merged) return Fail(merged.error());
  return Value(std::move(columns));
}

Result<Value> Evaluator::RunWindowCall(const Call& call, const WindowKernel& kernel, const Grid& grid) {
  auto range = std::find_if(call.args.begin(), call.args.end(),
                            [](const ExprPtr& arg) { return TypeOf(*arg) == model::ValueType::kMatrix; });
  Result<RangeInput> input = EvaluateRange(**range, grid);
  if (!input) return Fail(input.error());
  Result<std::vector<ScalarCells>> scalars = ScalarArgs(call, grid);
  if (!scalars) return Fail(scalars.error());
  if (kernel.fault != nullptr && !input->series.empty()) {
    std::vector<double> params(scalars->size());
    for (size_t step = 0; step < grid.size(); ++step) {
      for (size_t i = 0; i < params.size(); ++i) params[i] = (*scalars)[i][step];
      std::string fault = kernel.fault(params);
      if (!fault.empty()) return Fail(ErrorCode::kInvalidArgument, std::move(fault));
    }
  }
  if (kernel.wants_quantile && !input->series.empty()) {
    kernels::WarnOfQuantiles(scalars->front(), Places(call).front(), query_.notes);
  }
  Result<Columns> columns = RunWindows(*input, grid, kernel, *scalars, query_);
  if (!columns) return Fail(columns.error());
  if (kernel.wants_counter) NoteNonCounters(*columns, PlaceOf(**range), query_.notes);
  if (!kernel.keeps_name) {
    for (Column& column : *columns) column.labels = WithoutMetricName(column.labels);
  }
  if (Status unique = RejectDuplicates(*columns); !unique) return Fail(unique.error());
  return Value(std::move(*columns));
}

Result<Value> Evaluator::RunColumns(const Call& call, const ColumnsKernel& kernel, const Grid& grid) {
  std::vector<Value> args;
  for (const ExprPtr& arg : call.args) {
    if (TypeOf(*arg) != model::ValueType::kMatrix) {
      Result<Value> value = Evaluate(*arg, grid);
      if (!value) return value;
      args.push_back(std::move(*value));
      continue;
    }
    Result<RangeInput> input = EvaluateRange(*arg, grid);
    if (!input) return Fail(input.error());
    Result<Columns> counts = RunWindows(*input, grid, {kernels::CountOverTime}, {}, query_);
    if (!counts) return Fail(counts.error());
    args.emplace_back(std::move(*counts));
  }
  return kernel.run({call, Places(call), grid, query_.notes}, args);
}

Result<Value> Evaluator::RunInfo(const Call& call, const Grid& grid) {
  Result<Value> base = Evaluate(*call.args[0], grid);
  if (!base) return base;
  Result<Columns> columns = AddInfoLabels(call, std::get<Columns>(*base), grid, query_);
  if (!columns) return Fail(columns.error());
  return Value(std::move(*columns));
}

Result<Value> Evaluator::RunSampleTimes(const Call& call, const Grid& grid) {
  const Expr& arg = Unwrap(*call.args[0]);
  Columns columns;
  if (const auto* selector = arg.As<VectorSelector>()) {
    Result<Columns> times = SelectInstant(*selector, grid, CellOf::kSampleTime, query_);
    if (!times) return Fail(times.error());
    columns = std::move(*times);
  } else {
    Result<Value> value = Evaluate(arg, grid);
    if (!value) return value;
    columns = std::move(std::get<Columns>(*value));
    for (Column& column : columns) {
      for (size_t step = 0; step < grid.size(); ++step) {
        if (!IsAbsent(column.cells[step])) column.cells[step] = static_cast<double>(grid.at(step)) / 1000;
      }
    }
  }
  for (Column& column : columns) column.labels = WithoutMetricName(column.labels);
  if (Status merged = MergeDuplicates(columns); !merged) return Fail(merged.error());
  return Value(std::move(columns));
}

}  // namespace tocsin::promql
