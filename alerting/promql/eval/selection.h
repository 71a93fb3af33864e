// From selectors to columns and windows: lookback, staleness, offset and @.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "alerting/promql/eval/columns.h"
#include "alerting/promql/eval/query_context.h"
#include "alerting/promql/functions/function.h"
#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// The moment that `step` looks at through offset and @.
int64_t ReferenceTime(const TimeModifier& time, int64_t step, const QueryContext& query);

enum class CellOf { kValue, kSampleTime };

/// The samples that a grid's steps may need: those in (after, until].
struct Reach {
  int64_t after = 0;
  int64_t until = 0;
};
Reach ReachOf(const TimeModifier& time, const Grid& grid, Duration reach, const QueryContext& query);

/// Takes columns one after another, in the order of the series that they are made of.
class ColumnSink {
 public:
  virtual ~ColumnSink() = default;
  /// Room for the cells of the next column; all of them are written.
  virtual double* Room(size_t steps) = 0;
  /// What was written is a column with a value somewhere. One without is not taken, and its room is asked for
  /// again.
  virtual void Take(const model::Labels& labels) = 0;
};

/// At each step the newest sample in (reference - lookback, reference], unless it is a stale marker: its
/// value, or its time in seconds.
Result<Columns> SelectInstant(const VectorSelector& selector, const Grid& grid, CellOf cell,
                              QueryContext& query);
/// The same, column by column.
Status StreamInstant(const VectorSelector& selector, const Grid& grid, CellOf cell, QueryContext& query,
                     ColumnSink& sink);
/// The same of samples within `reach` alone.
Result<Columns> SelectInstant(const VectorSelector& selector, const Grid& grid, CellOf cell,
                              const Reach& reach, QueryContext& query);

/// A series' samples without stale markers, kept alive by `pin`.
struct RangeSeries {
  model::Labels labels;
  std::span<const int64_t> times;
  std::span<const double> values;
  std::shared_ptr<const void> pin;
};

/// All samples that a window of a step may need.
struct RangeInput {
  std::vector<RangeSeries> series;
  TimeModifier time;
  Duration range{0};
  size_t loaded = 0;  ///< samples counted for it, to be released when it goes
};

Result<RangeInput> SelectRange(const MatrixSelector& matrix, const Grid& grid, QueryContext& query);

/// As SelectRange() and RunWindows() with a kernel that takes no parameters, series by series.
Result<Columns> SelectWindows(const MatrixSelector& matrix, const Grid& grid, const WindowKernel& kernel,
                              QueryContext& query);
Status StreamWindows(const MatrixSelector& matrix, const Grid& grid, const WindowKernel& kernel,
                     QueryContext& query, ColumnSink& sink);

/// The values of a subquery's columns as samples at its own steps.
RangeInput RangeOfColumns(Columns columns, const Grid& inner, const Subquery& subquery);

/// The steps that a subquery's expression is evaluated at: multiples of its step within every outer window.
Grid InnerGrid(const Subquery& subquery, const Grid& grid, const QueryContext& query);

/// Runs the kernel on each series' window at each step; `params` has the scalar arguments' cells.
/// The columns keep the series' names. Releases what was loaded.
Result<Columns> RunWindows(const RangeInput& input, const Grid& grid, const WindowKernel& kernel,
                           const std::vector<ScalarCells>& params, QueryContext& query);

}  // namespace tocsin::promql
