#include "alerting/promql/engine.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "alerting/promql/eval/evaluator.h"
#include "alerting/promql/eval/round.h"
#include "alerting/promql/parse/durations.h"
#include "alerting/promql/parse/parser.h"
#include "alerting/promql/parse/printer.h"
#include "alerting/promql/parse/selectors.h"

namespace tocsin::promql {
namespace {

constexpr int64_t kMaxMillis = int64_t{1} << 61;

bool InBounds(Timestamp t) { return t.millis() >= -kMaxMillis && t.millis() <= kMaxMillis; }

model::Vector ToVector(Columns columns, Timestamp at) {
  SettleLabels(columns);
  model::Vector vector;
  vector.reserve(columns.size());
  for (Column& column : columns) {
    if (!IsAbsent(column.cells[0])) vector.push_back({std::move(column.labels), at, column.cells[0]});
  }
  return vector;
}

model::Matrix ToMatrix(Columns columns, const Grid& grid) {
  SettleLabels(columns);
  model::Matrix matrix;
  matrix.reserve(columns.size());
  const size_t steps = grid.size();
  for (Column& column : columns) {
    model::MatrixSeries series{std::move(column.labels), {}};
    const auto absent = std::count_if(column.cells.begin(), column.cells.end(), IsAbsent);
    series.samples.reserve(column.cells.size() - static_cast<size_t>(absent));
    for (size_t step = 0; step < steps; ++step) {
      if (IsAbsent(column.cells[step])) continue;
      series.samples.push_back({Timestamp::FromMillis(grid.at(step)), column.cells[step]});
    }
    matrix.push_back(std::move(series));
    column.cells = Cells();  // the next series can have their memory
  }
  std::stable_sort(matrix.begin(), matrix.end(),
                   [](const auto& a, const auto& b) { return a.labels < b.labels; });
  return matrix;
}

/// The samples of the one window that an instant query of a range vector asks for.
model::Matrix ToMatrix(RangeInput input, int64_t end) {
  model::Matrix matrix;
  for (RangeSeries& series : input.series) {
    model::MatrixSeries out{std::move(series.labels), {}};
    for (size_t i = 0; i < series.times.size(); ++i) {
      if (series.times[i] <= end - input.range.count() || series.times[i] > end) continue;
      out.samples.push_back({Timestamp::FromMillis(series.times[i]), series.values[i]});
    }
    if (!out.samples.empty()) matrix.push_back(std::move(out));
  }
  std::stable_sort(matrix.begin(), matrix.end(),
                   [](const auto& a, const auto& b) { return a.labels < b.labels; });
  return matrix;
}

class Query final : public model::PreparedQuery {
 public:
  Query(ExprPtr expr, std::string_view written, const model::SeriesSource& source, const Clock& clock,
        const EngineOptions& options)
      : expr_(std::move(expr)),
        written_(written),
        text_(Print(*expr_)),
        type_(TypeOf(*expr_)),
        source_(source),
        clock_(clock),
        options_(options) {}

  const std::string& text() const override { return text_; }
  model::ValueType type() const override { return type_; }
  std::vector<std::string> Selectors() const override {
    return SelectorTexts(*expr_, options_.limits.lookback);
  }

  Result<model::QueryResult> Instant(Timestamp at, std::stop_token stop) const override {
    return InstantWith(nullptr, at, std::move(stop));
  }

  /// A round of another engine knows none of our expressions, and so finds nothing.
  Result<model::QueryResult> InstantIn(model::QueryRound& round, Timestamp at,
                                       std::stop_token stop) const override {
    return InstantWith(dynamic_cast<Round*>(&round), at, std::move(stop));
  }

  Result<model::QueryResult> Range(Timestamp start, Timestamp end, Duration step,
                                   std::stop_token stop) const override {
    if (type_ != model::ValueType::kVector && type_ != model::ValueType::kScalar) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
                      TypeName(type_)));
    }
    if (step.count() <= 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  "zero or negative query resolution step widths are not accepted");
    }
    if (!InBounds(start) || !InBounds(end)) {
      return Fail(ErrorCode::kInvalidArgument, "the query's time is out of bounds");
    }
    model::QueryResult result;
    result.value = model::Matrix();
    Grid grid{start.millis(), end.millis(), step.count()};
    if (grid.size() == 0) return result;
    QueryContext query = Context(grid, std::move(stop));
    if (Status counted = query.CountSamples(grid.size()); !counted) return Fail(counted.error());
    Result<Value> value = Evaluator(query).Evaluate(*expr_, grid);
    if (!value) return Fail(value.error());
    auto* columns = std::get_if<Columns>(&*value);
    Columns scalar_column;
    if (columns == nullptr) {
      scalar_column.push_back({model::Labels(), Cells(std::get<ScalarCells>(*value))});
      columns = &scalar_column;
    }
    result.value = ToMatrix(std::move(*columns), grid);
    return Annotated(std::move(result), query);
  }

  const Expr& expr() const { return *expr_; }

 private:
  Result<model::QueryResult> InstantWith(Round* round, Timestamp at, std::stop_token stop) const {
    if (!InBounds(at)) return Fail(ErrorCode::kInvalidArgument, "the query's time is out of bounds");
    Grid grid{at.millis(), at.millis(), 1};
    QueryContext query = Context(grid, std::move(stop));
    query.round = round;
    Evaluator evaluator(query);
    model::QueryResult result;
    if (type_ == model::ValueType::kMatrix) {
      Result<RangeInput> input = evaluator.EvaluateRange(*expr_, grid);
      if (!input) return Fail(input.error());
      int64_t end = ReferenceTime(input->time, grid.start, query);
      result.value = ToMatrix(std::move(*input), end);
    } else {
      Result<Value> value = evaluator.Evaluate(*expr_, grid);
      if (!value) return Fail(value.error());
      if (auto* columns = std::get_if<Columns>(&*value))
        result.value = ToVector(std::move(*columns), at);
      else if (auto* scalar = std::get_if<ScalarCells>(&*value))
        result.value = model::Scalar{at, (*scalar)[0]};
      else
        result.value = model::String{at, std::get<std::string>(*value)};
    }
    return Annotated(std::move(result), query);
  }

  QueryContext Context(const Grid& grid, std::stop_token stop) const {
    Timestamp deadline = clock_.Now() + options_.timeout;
    return {source_,         clock_,     options_.limits, deadline,
            std::move(stop), grid.start, grid.end,        Annotations(written_)};
  }

  static model::QueryResult Annotated(model::QueryResult result, QueryContext& query) {
    result.warnings = query.notes.warnings();
    result.infos = query.notes.infos();
    result.stats = {query.samples_read, query.peak_samples};
    return result;
  }

  ExprPtr expr_;
  std::string written_;
  std::string text_;
  model::ValueType type_;
  const model::SeriesSource& source_;
  const Clock& clock_;
  EngineOptions options_;
};

}  // namespace

std::unique_ptr<model::QueryRound> Engine::MakeRound(
    std::span<const model::PreparedQuery* const> queries) const {
  std::vector<const Expr*> expressions;
  for (const model::PreparedQuery* query : queries) {
    if (const auto* own = dynamic_cast<const Query*>(query)) expressions.push_back(&own->expr());
  }
  auto round = std::make_unique<Round>(expressions);
  if (round->empty()) return nullptr;
  return round;
}

Engine::Engine(const model::SeriesSource& source, const Clock& clock, EngineOptions options)
    : source_(source), clock_(clock), options_(options) {}

Result<std::shared_ptr<const model::PreparedQuery>> Engine::Prepare(std::string_view expression) const {
  return PrepareWith(expression, {});
}

Result<std::shared_ptr<const model::PreparedQuery>> Engine::PrepareWith(
    std::string_view expression, const model::QueryOptions& options) const {
  Result<ExprPtr> expr = Parse(expression, {options_.enable_experimental, options_.enable_duration_expr});
  if (!expr) return Fail(expr.error());
  EngineOptions own = options_;
  if (options.lookback && options.lookback->count() > 0) own.limits.lookback = *options.lookback;
  if (options.timeout) own.timeout = std::min(own.timeout, *options.timeout);
  if (Status resolved = ResolveDurations(**expr); !resolved) return Fail(resolved.error());
  return std::make_shared<const Query>(std::move(*expr), expression, source_, clock_, own);
}

}  // namespace tocsin::promql
