#include "alerting/promql/eval/evaluator.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "alerting/promql/eval/binary.h"
#include "alerting/promql/eval/info.h"
#include "alerting/promql/eval/round.h"
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
    for (Column& column : *columns) column.cells = Cells(steps, column.cells[0]);
  }
  return value;
}

/// limit_ratio draws by all labels.
bool LooksAtNames(const Aggregate& aggregate) {
  return aggregate.op == AggregateOp::kLimitRatio ||
         (!aggregate.without &&
          std::ranges::find(aggregate.grouping, model::kMetricName) != aggregate.grouping.end());
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

void NoteNonCounter(std::string_view name, Span at, Annotations& notes) {
  if (MayBeCounter(name)) return;
  notes.Inform(
      "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " + model::Quote(name),
      at);
}

/// No parameters, of which nothing has to be said before.
bool TakesWindowsAlone(const Call& call, const WindowKernel& kernel) {
  return call.args.size() == 1 && kernel.fault == nullptr && !kernel.wants_quantile;
}

/// The one name that all series of a selector have; "" when that is not certain.
std::string_view NameOf(const VectorSelector& selector) {
  const auto named =
      std::find_if(selector.matchers.begin(), selector.matchers.end(), [](const model::Matcher& matcher) {
        return matcher.op() == model::MatchOp::kEqual && matcher.name() == model::kMetricName;
      });
  return named == selector.matchers.end() ? std::string_view() : std::string_view(named->value());
}

}  // namespace

Result<Value> Evaluator::Evaluate(const Expr& expr, const Grid& grid) {
  if (Status alive = query_.CheckAlive(); !alive) return Fail(alive.error());
  Round::Slot* slot = query_.round == nullptr ? nullptr : query_.round->Find(Unwrap(expr));
  if (slot == nullptr) return EvaluateFresh(expr, grid);
  if (auto known = slot->Take<Value>(grid, query_)) {
    query_.round->CountReuse();
    return *std::move(known);
  }
  Result<Value> value = EvaluateFresh(expr, grid);
  if (value) slot->Keep(*value, grid, query_);
  return value;
}

Result<Value> Evaluator::EvaluateFresh(const Expr& expr, const Grid& grid) {
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
  Round::Slot* slot = query_.round == nullptr ? nullptr : query_.round->Find(inner);
  if (slot == nullptr) return EvaluateRangeFresh(inner, grid);
  if (auto known = slot->Take<RangeInput>(grid, query_)) {
    query_.round->CountReuse();
    // Whoever uses it releases what it counts.
    if (Status counted = query_.CountSamples(known->loaded); !counted) return Fail(counted.error());
    return *std::move(known);
  }
  Result<RangeInput> input = EvaluateRangeFresh(inner, grid);
  if (input) slot->Keep(*input, grid, query_);
  return input;
}

Result<RangeInput> Evaluator::EvaluateRangeFresh(const Expr& inner, const Grid& grid) {
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
    for (double& cell : column.cells) {
      if (!IsAbsent(cell)) cell = -cell;
    }
  }
  if (DropNames(columns)) {
    if (Status unique = RejectDuplicates(columns); !unique) return Fail(unique.error());
  }
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
  const std::unique_ptr<ColumnFold> fold =
      LooksAtNames(aggregate) ? nullptr : MakeFold(aggregate, grid.size());
  if (fold != nullptr) {
    if (const std::optional<Status> folded = FoldInto(*fold, *aggregate.expr, grid)) {
      if (!*folded) return Fail(folded->error());
      return Value(fold->Folded());
    }
  }
  Result<Value> value = Evaluate(*aggregate.expr, grid);
  if (!value) return value;
  auto& input = std::get<Columns>(*value);
  if (LooksAtNames(aggregate)) SettleLabels(input);
  Result<Columns> columns =
      RunAggregate(aggregate, input, param ? &*param : nullptr, grid.size(), query_.notes);
  if (!columns) return Fail(columns.error());
  return Value(std::move(*columns));
}

/// What other places of the round want, too, is made to be kept.
bool Evaluator::IsShared(const Expr& expr) const {
  return query_.round != nullptr && query_.round->Find(expr) != nullptr;
}

/// Gives the expression's columns to the fold as they are made; nullopt, with nothing done, where these have
/// to be there all together.
std::optional<Status> Evaluator::FoldInto(ColumnFold& fold, const Expr& expr, const Grid& grid) {
  const Expr& inner = Unwrap(expr);
  if (IsShared(inner) || (grid.size() > 1 && IsStepInvariant(inner))) return std::nullopt;
  if (const auto* selector = inner.As<VectorSelector>()) {
    return StreamInstant(*selector, grid, CellOf::kValue, query_, fold);
  }
  const auto* call = inner.As<Call>();
  const auto* kernel = call == nullptr ? nullptr : std::get_if<WindowKernel>(&call->function->kernel);
  if (kernel == nullptr || !TakesWindowsAlone(*call, *kernel)) return std::nullopt;
  const Expr& range = Unwrap(*call->args[0]);
  const auto* matrix = range.As<MatrixSelector>();
  // Series of several names may be equal without them, which is an error.
  if (matrix == nullptr || IsShared(range) || NameOf(matrix->selector).empty()) return std::nullopt;
  Status done = StreamWindows(*matrix, grid, *kernel, query_, fold);
  if (done && kernel->wants_counter && !fold.empty()) {
    NoteNonCounter(NameOf(matrix->selector), PlaceOf(*call->args[0]), query_.notes);
  }
  return done;
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
    Column times{model::Labels(), Cells::Unset(grid.size())};
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
  const bool may_merge = DropNames(columns);
  for (Column& column : columns) {
    size_t step = 0;
    for (double& cell : column.cells) {
      const size_t at = step++;
      if (IsAbsent(cell)) continue;
      for (size_t i = 0; i < params.size(); ++i) params[i] = (*scalars)[i][at];
      cell = kernel.run(cell, params);
    }
  }
  DropEmpty(columns);
  if (may_merge) {
    if (Status merged = MergeDuplicates(columns); !merged) return Fail(merged.error());
  }
  return Value(std::move(columns));
}

Result<Columns> Evaluator::RunWindowsOf(const Call& call, const WindowKernel& kernel, const Expr& range,
                                        const Grid& grid) {
  const Expr& inner = Unwrap(range);
  if (const auto* matrix = inner.As<MatrixSelector>();
      matrix != nullptr && TakesWindowsAlone(call, kernel) && !IsShared(inner)) {
    return SelectWindows(*matrix, grid, kernel, query_);
  }
  Result<RangeInput> input = EvaluateRange(range, grid);
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
  return RunWindows(*input, grid, kernel, *scalars, query_);
}

Result<Value> Evaluator::RunWindowCall(const Call& call, const WindowKernel& kernel, const Grid& grid) {
  auto range = std::find_if(call.args.begin(), call.args.end(),
                            [](const ExprPtr& arg) { return TypeOf(*arg) == model::ValueType::kMatrix; });
  Result<Columns> columns = RunWindowsOf(call, kernel, **range, grid);
  if (!columns) return Fail(columns.error());
  const auto* matrix = Unwrap(**range).As<MatrixSelector>();
  if (const std::string_view name = matrix == nullptr ? std::string_view() : NameOf(matrix->selector);
      !name.empty()) {
    if (kernel.wants_counter && !columns->empty()) NoteNonCounter(name, PlaceOf(**range), query_.notes);
    for (Column& column : *columns) column.nameless = !kernel.keeps_name;
    return Value(std::move(*columns));
  }
  if (kernel.wants_counter) {
    for (const Column& column : *columns) NoteNonCounter(column.name(), PlaceOf(**range), query_.notes);
  }
  if (!kernel.keeps_name && DropNames(*columns)) {
    if (Status unique = RejectDuplicates(*columns); !unique) return Fail(unique.error());
  }
  return Value(std::move(*columns));
}

Result<Value> Evaluator::RunColumns(const Call& call, const ColumnsKernel& kernel, const Grid& grid) {
  std::vector<Value> args;
  for (const ExprPtr& arg : call.args) {
    if (TypeOf(*arg) != model::ValueType::kMatrix) {
      Result<Value> value = Evaluate(*arg, grid);
      if (!value) return value;
      if (auto* columns = std::get_if<Columns>(&*value)) SettleLabels(*columns);
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
  SettleLabels(std::get<Columns>(*base));
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
  if (DropNames(columns)) {
    if (Status merged = MergeDuplicates(columns); !merged) return Fail(merged.error());
  }
  return Value(std::move(columns));
}

}  // namespace tocsin::promql
