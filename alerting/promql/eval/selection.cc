#include "alerting/promql/eval/selection.h"

#include <algorithm>
#include <utility>

namespace tocsin::promql {
namespace {

struct OwnedSamples {
  std::vector<int64_t> times;
  std::vector<double> values;
};

Result<std::vector<model::Series>> Select(const VectorSelector& selector, const Reach& reach,
                                          QueryContext& query) {
  model::TimeRange range{Timestamp::FromMillis(reach.after + 1), Timestamp::FromMillis(reach.until)};
  Result<std::vector<model::Series>> found = query.source.Select(selector.matchers, range, query.stop);
  if (!found) return found;
  size_t samples = 0;
  for (const model::Series& series : *found) {
    if (!series.histograms.empty()) {
      return Fail(ErrorCode::kUnsupported, "native histograms can't be queried: " + series.labels.ToString());
    }
    samples += series.timestamps.size();
  }
  if (Status counted = query.CountSamples(samples); !counted) return Fail(counted.error());
  return found;
}

RangeSeries WithoutStaleMarkers(model::Series series) {
  bool any = std::any_of(series.values.begin(), series.values.end(), model::IsStaleNan);
  if (!any) return {std::move(series.labels), series.timestamps, series.values, std::move(series.pin)};
  auto kept = std::make_shared<OwnedSamples>();
  for (size_t i = 0; i < series.values.size(); ++i) {
    if (model::IsStaleNan(series.values[i])) continue;
    kept->times.push_back(series.timestamps[i]);
    kept->values.push_back(series.values[i]);
  }
  return {std::move(series.labels), kept->times, kept->values, kept};
}

/// Once for a series, so that a window of a counter costs its resets, not its samples.
void FindResets(std::span<const double> values, std::vector<size_t>& resets) {
  resets.clear();
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] < values[i - 1]) resets.push_back(i);
  }
}

}  // namespace

int64_t ReferenceTime(const TimeModifier& time, int64_t step, const QueryContext& query) {
  switch (time.anchor) {
    case TimeModifier::Anchor::kNone:
      break;
    case TimeModifier::Anchor::kTime:
      step = time.at.millis();
      break;
    case TimeModifier::Anchor::kStart:
      step = query.start;
      break;
    case TimeModifier::Anchor::kEnd:
      step = query.end;
      break;
  }
  return step - time.offset.count();
}

Reach ReachOf(const TimeModifier& time, const Grid& grid, Duration reach, const QueryContext& query) {
  return {ReferenceTime(time, grid.start, query) - reach.count(),
          ReferenceTime(time, grid.at(grid.size() - 1), query)};
}

Result<Columns> SelectInstant(const VectorSelector& selector, const Grid& grid, CellOf cell,
                              QueryContext& query) {
  return SelectInstant(selector, grid, cell, ReachOf(selector.time, grid, query.limits.lookback, query),
                       query);
}

Result<Columns> SelectInstant(const VectorSelector& selector, const Grid& grid, CellOf cell,
                              const Reach& reach, QueryContext& query) {
  auto found = Select(selector, reach, query);
  if (!found) return Fail(found.error());
  Columns columns;
  columns.reserve(found->size());
  for (model::Series& series : *found) {
    if (Status alive = query.CheckAlive(); !alive) return Fail(alive.error());
    query.ReleaseSamples(series.timestamps.size());
    if (Status counted = query.CountSamples(grid.size()); !counted) return Fail(counted.error());
    Column column{std::move(series.labels), std::vector<double>(grid.size(), Absent())};
    size_t next = 0;  // the first sample after the reference
    for (size_t step = 0; step < grid.size(); ++step) {
      int64_t reference = ReferenceTime(selector.time, grid.at(step), query);
      while (next < series.timestamps.size() && series.timestamps[next] <= reference) ++next;
      if (next == 0) continue;
      int64_t time = series.timestamps[next - 1];
      double value = series.values[next - 1];
      if (time <= reference - query.limits.lookback.count() || model::IsStaleNan(value)) continue;
      ++query.samples_read;
      column.cells[step] = cell == CellOf::kValue ? value : static_cast<double>(time) / 1000;
    }
    columns.push_back(std::move(column));
  }
  DropEmpty(columns);
  return columns;
}

Result<RangeInput> SelectRange(const MatrixSelector& matrix, const Grid& grid, QueryContext& query) {
  auto found = Select(matrix.selector, ReachOf(matrix.selector.time, grid, matrix.range, query), query);
  if (!found) return Fail(found.error());
  RangeInput input{{}, matrix.selector.time, matrix.range, 0};
  input.series.reserve(found->size());
  for (model::Series& series : *found) {
    input.loaded += series.timestamps.size();
    input.series.push_back(WithoutStaleMarkers(std::move(series)));
  }
  return input;
}

Grid InnerGrid(const Subquery& subquery, const Grid& grid, const QueryContext& query) {
  int64_t step = subquery.step.value_or(query.limits.default_subquery_step).count();
  auto [after, until] = ReachOf(subquery.time, grid, subquery.range, query);
  int64_t start = after / step * step;
  if (after % step < 0) start -= step;  // towards the past for negative times too
  if (start <= after) start += step;
  return {start, until, step};
}

RangeInput RangeOfColumns(Columns columns, const Grid& inner, const Subquery& subquery) {
  RangeInput input{{}, subquery.time, subquery.range, 0};
  for (Column& column : columns) {
    auto samples = std::make_shared<OwnedSamples>();
    for (size_t step = 0; step < column.cells.size(); ++step) {
      if (IsAbsent(column.cells[step])) continue;
      samples->times.push_back(inner.at(step));
      samples->values.push_back(column.cells[step]);
    }
    input.series.push_back({std::move(column.labels), samples->times, samples->values, samples});
  }
  return input;
}

Result<Columns> RunWindows(const RangeInput& input, const Grid& grid, const WindowKernel& kernel,
                           const std::vector<ScalarCells>& params, QueryContext& query) {
  Columns columns;
  columns.reserve(input.series.size());
  std::vector<double> at_step(params.size());
  std::vector<size_t> resets;
  for (const RangeSeries& series : input.series) {
    if (Status alive = query.CheckAlive(); !alive) return Fail(alive.error());
    if (Status counted = query.CountSamples(grid.size()); !counted) return Fail(counted.error());
    if (kernel.wants_counter) FindResets(series.values, resets);
    Column column{series.labels, std::vector<double>(grid.size(), Absent())};
    size_t from = 0;
    size_t to = 0;
    size_t reset_from = 0;
    size_t reset_to = 0;
    for (size_t step = 0; step < grid.size(); ++step) {
      int64_t end = ReferenceTime(input.time, grid.at(step), query);
      int64_t start = end - input.range.count();
      while (to < series.times.size() && series.times[to] <= end) ++to;
      while (from < to && series.times[from] <= start) ++from;
      if (from == to) continue;
      while (reset_to < resets.size() && resets[reset_to] < to) ++reset_to;
      while (reset_from < reset_to && resets[reset_from] <= from) ++reset_from;
      query.samples_read += to - from;
      for (size_t i = 0; i < params.size(); ++i) at_step[i] = params[i][step];
      Window window{series.times.subspan(from, to - from),
                    series.values.subspan(from, to - from),
                    start,
                    end,
                    grid.at(step),
                    static_cast<double>(input.range.count()) / 1000,
                    std::span(resets).subspan(reset_from, reset_to - reset_from),
                    from};
      column.cells[step] = kernel.run(window, at_step);
    }
    columns.push_back(std::move(column));
  }
  query.ReleaseSamples(input.loaded);
  DropEmpty(columns);
  return columns;
}

}  // namespace tocsin::promql
