#include "alerting/promql/eval/selection.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "alerting/model/series_stream.h"

namespace tocsin::promql {
namespace {

constexpr uint64_t kSamplesBetweenChecks = 1 << 20;

struct OwnedSamples {
  std::vector<int64_t> times;
  std::vector<double> values;
};

model::TimeRange RangeOf(const Reach& reach) {
  return {Timestamp::FromMillis(reach.after + 1), Timestamp::FromMillis(reach.until)};
}

Result<std::vector<model::Series>> Select(const VectorSelector& selector, const Reach& reach,
                                          const QueryContext& query) {
  auto found = query.source.Select(selector.matchers, RangeOf(reach), query.stop);
  if (!found) return found;
  for (const model::Series& series : *found) {
    if (!series.histograms.empty()) {
      return Fail(ErrorCode::kUnsupported, "native histograms can't be queried: " + series.labels.ToString());
    }
  }
  return found;
}

using Visit = std::function<Status(const model::SeriesView&)>;

/// One after another, and where the source can, no more than one in memory.
Status ForEachSeries(const VectorSelector& selector, const Reach& reach, const QueryContext& query,
                     const Visit& visit) {
  if (const auto* stream = dynamic_cast<const model::SeriesStream*>(&query.source)) {
    return stream->ForEach(selector.matchers, RangeOf(reach), query.stop, visit);
  }
  auto found = Select(selector, reach, query);
  if (!found) return Fail(found.error());
  for (const model::Series& series : *found) {
    if (Status seen = visit({series.labels, series.timestamps, series.values}); !seen) return seen;
  }
  return {};
}

/// Keeps all of them.
class ColumnList final : public ColumnSink {
 public:
  double* Room(size_t steps) override {
    if (next_.size() != steps) next_ = Cells::Unset(steps);
    return next_.begin();
  }
  void Take(const model::Labels& labels) override {
    constexpr size_t kFew = 32;
    if (columns_.empty()) columns_.reserve(kFew);
    columns_.push_back({labels, std::move(next_)});
  }
  Columns columns() && { return std::move(columns_); }

 private:
  Columns columns_;
  Cells next_;
};

/// Nearly always none: looks at several at a time.
bool HasStaleMarkers(std::span<const double> values) {
  constexpr size_t kAtOnce = 8;
  size_t i = 0;
  for (; i + kAtOnce <= values.size(); i += kAtOnce) {
    bool any = false;
    for (size_t k = 0; k < kAtOnce; ++k) any |= model::IsStaleNan(values[i + k]);
    if (any) return true;
  }
  return std::any_of(values.begin() + static_cast<ptrdiff_t>(i), values.end(), model::IsStaleNan);
}

/// False, with nothing done, where there are none.
bool DropStaleMarkers(std::span<const int64_t> times, std::span<const double> values, OwnedSamples& kept) {
  if (!HasStaleMarkers(values)) return false;
  kept.times.clear();
  kept.values.clear();
  for (size_t i = 0; i < values.size(); ++i) {
    if (model::IsStaleNan(values[i])) continue;
    kept.times.push_back(times[i]);
    kept.values.push_back(values[i]);
  }
  return true;
}

RangeSeries WithoutStaleMarkers(model::Series series) {
  OwnedSamples owned;
  if (!DropStaleMarkers(series.timestamps, series.values, owned))
    return {std::move(series.labels), series.timestamps, series.values, std::move(series.pin)};
  const auto kept = std::make_shared<const OwnedSamples>(std::move(owned));
  return {std::move(series.labels), kept->times, kept->values, kept};
}

/// Once for a series, so that a window of a counter costs its resets, not its samples.
void FindResets(std::span<const double> values, std::vector<size_t>& resets) {
  resets.clear();
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] < values[i - 1]) resets.push_back(i);
  }
}

/// Once for a series of whole numbers, so that a window's sum costs no more than a difference: as long as all
/// sums stay below 2^53 nothing is rounded. Left empty where that is not so.
void FindSums(std::span<const double> values, std::vector<double>& sums) {
  constexpr double kExact = 9007199254740992.0;
  sums.assign(1, 0.0);
  sums.reserve(values.size() + 1);
  double magnitude = 0;
  for (const double value : values) {
    magnitude += std::fabs(value);
    if (!(magnitude < kExact) || value != std::trunc(value)) return sums.clear();
    sums.push_back(sums.back() + value);
  }
}

/// The times of the series before: those of one target are mostly the same.
class TimesBefore {
 public:
  /// Whether these are the same; they are what the next ones are compared with.
  bool Same(std::span<const int64_t> times) {
    if (known_ && std::equal(times.begin(), times.end(), times_.begin(), times_.end())) return true;
    times_.assign(times.begin(), times.end());
    known_ = true;
    return false;
  }

 private:
  std::vector<int64_t> times_;
  bool known_ = false;
};

/// How the moments that steps look at go on: all the same where @ fixes them.
int64_t AdvanceOf(const TimeModifier& time, const Grid& grid) { return time.fixed() ? 0 : grid.step; }

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

namespace {

Status StreamInstantWithin(const VectorSelector& selector, const Grid& grid, CellOf cell, const Reach& reach,
                           QueryContext& query, ColumnSink& sink) {
  const int64_t first = ReferenceTime(selector.time, grid.start, query);
  const int64_t advance = AdvanceOf(selector.time, grid);
  const int64_t lookback = query.limits.lookback.count();
  const size_t steps = grid.size();
  TimesBefore times_before;
  std::vector<std::optional<uint32_t>> newest(steps);  // the place of each step's sample
  const size_t held = query.samples;
  size_t loaded = 0;
  size_t number = 0;
  return ForEachSeries(selector, reach, query, [&](const model::SeriesView& series) -> Status {
    if (Status alive = query.CheckAliveAt(number++); !alive) return alive;
    const std::span<const int64_t> times = series.timestamps;
    loaded += times.size();
    if (Status counted = query.NotePeak(held + loaded); !counted) return counted;
    if (Status counted = query.CountSamples(steps); !counted) return counted;
    double* const cells = sink.Room(steps);
    if (!times_before.Same(times)) {
      uint32_t next = 0;  // the first sample after the reference
      int64_t reference = first;
      for (size_t step = 0; step < steps; ++step, reference += advance) {
        while (next < times.size() && times[next] <= reference) ++next;
        newest[step].reset();
        if (next > 0 && times[next - 1] > reference - lookback) newest[step] = next - 1;
      }
    }
    uint64_t read = 0;
    for (size_t step = 0; step < steps; ++step) {
      cells[step] = Absent();
      if (!newest[step] || model::IsStaleNan(series.values[*newest[step]])) continue;
      ++read;
      cells[step] = cell == CellOf::kValue ? series.values[*newest[step]]
                                           : static_cast<double>(times[*newest[step]]) / 1000;
    }
    query.samples_read += read;
    if (read > 0) sink.Take(series.labels);
    return {};
  });
}

}  // namespace

Status StreamInstant(const VectorSelector& selector, const Grid& grid, CellOf cell, QueryContext& query,
                     ColumnSink& sink) {
  const Reach reach = ReachOf(selector.time, grid, query.limits.lookback, query);
  return StreamInstantWithin(selector, grid, cell, reach, query, sink);
}

Result<Columns> SelectInstant(const VectorSelector& selector, const Grid& grid, CellOf cell,
                              QueryContext& query) {
  return SelectInstant(selector, grid, cell, ReachOf(selector.time, grid, query.limits.lookback, query),
                       query);
}

Result<Columns> SelectInstant(const VectorSelector& selector, const Grid& grid, CellOf cell,
                              const Reach& reach, QueryContext& query) {
  ColumnList list;
  Status done = StreamInstantWithin(selector, grid, cell, reach, query, list);
  if (!done) return Fail(done.error());
  return std::move(list).columns();
}

Result<RangeInput> SelectRange(const MatrixSelector& matrix, const Grid& grid, QueryContext& query) {
  auto found = Select(matrix.selector, ReachOf(matrix.selector.time, grid, matrix.range, query), query);
  if (!found) return Fail(found.error());
  RangeInput input{{}, matrix.selector.time, matrix.range, 0};
  input.series.reserve(found->size());
  for (const model::Series& series : *found) input.loaded += series.timestamps.size();
  if (Status counted = query.CountSamples(input.loaded); !counted) return Fail(counted.error());
  for (model::Series& series : *found) {
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
  SettleLabels(columns);
  input.series.reserve(columns.size());
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

namespace {

/// Runs a kernel on the windows of one series after another.
class WindowRunner {
 public:
  WindowRunner(const TimeModifier& time, Duration range, const Grid& grid, const WindowKernel& kernel,
               const std::vector<ScalarCells>& params, QueryContext& query)
      : grid_(grid),
        steps_(grid.size()),
        kernel_(kernel),
        params_(params),
        query_(query),
        first_end_(ReferenceTime(time, grid.start, query)),
        advance_(AdvanceOf(time, grid)),
        range_(range.count()),
        bounds_(steps_),
        reachings_(steps_),
        at_step_(params.size()) {}

  /// Writes a cell a step; false when none has a value.
  Result<bool> Run(std::span<const int64_t> times, std::span<const double> values, double* cells) {
    if (kernel_.wants_counter) FindResets(values, resets_);
    if (kernel_.wants_sums) FindSums(values, sums_);
    const bool again = times_.Same(times);
    if (!again) FindBounds(times);
    // One series of a subquery may have work for minutes.
    for (size_t step = 0; step < steps_;) {
      const size_t first = step;
      uint64_t read = 0;
      if (step == 0 && read_ < kSamplesBetweenChecks) {
        read = read_;
        step = steps_;
      }
      while (step < steps_ && read < kSamplesBetweenChecks) read += bounds_[step++].size();
      RunSome(first, step - first, again, times, values, cells);
      query_.samples_read += read;
      if (step == steps_) break;
      if (Status alive = query_.CheckAlive(); !alive) return Fail(alive.error());
    }
    return !std::all_of(cells, cells + steps_, IsAbsent);
  }

 private:
  void FindBounds(std::span<const int64_t> times) {
    Windows::Bounds window;
    int64_t end = first_end_;
    read_ = 0;
    for (size_t step = 0; step < steps_; ++step, end += advance_) {
      while (window.to < times.size() && times[window.to] <= end) ++window.to;
      while (window.from < window.to && times[window.from] <= end - range_) ++window.from;
      read_ += window.size();
      bounds_[step] = window;
    }
  }
  void RunSome(size_t first, size_t count, bool again, std::span<const int64_t> times,
               std::span<const double> values, double* cells) {
    const std::span<const Windows::Bounds> bounds = std::span(bounds_).subspan(first, count);
    const int64_t first_end = first_end_ + static_cast<int64_t>(first) * advance_;
    if (kernel_.run_all != nullptr) {
      const std::span<Reaching> reachings = std::span(reachings_).subspan(first, count);
      kernel_.run_all({times, values, bounds, first_end, advance_, range_, resets_, sums_, reachings, again},
                      cells + first);
      return;
    }
    int64_t end = first_end;
    for (size_t step = first; step < first + count; ++step, end += advance_) {
      const Windows::Bounds window = bounds_[step];
      if (window.size() == 0) {
        cells[step] = Absent();
        continue;
      }
      for (size_t i = 0; i < at_step_.size(); ++i) at_step_[i] = params_[i][step];
      cells[step] =
          kernel_.run({times.subspan(window.from, window.size()), values.subspan(window.from, window.size()),
                       end - range_, end, grid_.at(step)},
                      at_step_);
    }
  }

  const Grid& grid_;
  const size_t steps_;
  const WindowKernel& kernel_;
  const std::vector<ScalarCells>& params_;
  QueryContext& query_;
  const int64_t first_end_;
  const int64_t advance_;
  const int64_t range_;
  TimesBefore times_;
  std::vector<Windows::Bounds> bounds_;  // one a step
  uint64_t read_ = 0;                    // samples in all of them
  std::vector<Reaching> reachings_;
  std::vector<double> at_step_;
  std::vector<size_t> resets_;
  std::vector<double> sums_;
};

}  // namespace

Result<Columns> RunWindows(const RangeInput& input, const Grid& grid, const WindowKernel& kernel,
                           const std::vector<ScalarCells>& params, QueryContext& query) {
  ColumnList list;
  WindowRunner runner(input.time, input.range, grid, kernel, params, query);
  size_t number = 0;
  for (const RangeSeries& series : input.series) {
    if (Status alive = query.CheckAliveAt(number++); !alive) return Fail(alive.error());
    if (Status counted = query.CountSamples(grid.size()); !counted) return Fail(counted.error());
    const Result<bool> any = runner.Run(series.times, series.values, list.Room(grid.size()));
    if (!any) return Fail(any.error());
    if (*any) list.Take(series.labels);
  }
  query.ReleaseSamples(input.loaded);
  return std::move(list).columns();
}

Status StreamWindows(const MatrixSelector& matrix, const Grid& grid, const WindowKernel& kernel,
                     QueryContext& query, ColumnSink& sink) {
  const std::vector<ScalarCells> none;
  WindowRunner runner(matrix.selector.time, matrix.range, grid, kernel, none, query);
  const Reach reach = ReachOf(matrix.selector.time, grid, matrix.range, query);
  OwnedSamples kept;
  size_t loaded = 0;
  size_t number = 0;
  Status done = ForEachSeries(matrix.selector, reach, query, [&](const model::SeriesView& series) -> Status {
    if (Status alive = query.CheckAliveAt(number++); !alive) return alive;
    loaded += series.timestamps.size();
    const size_t more = series.timestamps.size() + grid.size();
    if (Status counted = query.CountSamples(more); !counted) return counted;
    const bool stale = DropStaleMarkers(series.timestamps, series.values, kept);
    const Result<bool> any = stale ? runner.Run(kept.times, kept.values, sink.Room(grid.size()))
                                   : runner.Run(series.timestamps, series.values, sink.Room(grid.size()));
    if (!any) return Fail(any.error());
    if (*any) sink.Take(series.labels);
    return {};
  });
  if (done) query.ReleaseSamples(loaded);
  return done;
}

Result<Columns> SelectWindows(const MatrixSelector& matrix, const Grid& grid, const WindowKernel& kernel,
                              QueryContext& query) {
  ColumnList list;
  Status done = StreamWindows(matrix, grid, kernel, query, list);
  if (!done) return Fail(done.error());
  return std::move(list).columns();
}

}  // namespace tocsin::promql
