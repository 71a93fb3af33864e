// Columns are grouped by labels once; then each group folds its columns cell by cell into accumulators, one a
// step, in the order of the columns: sums come out the same to the last bit as Prometheus'.
#include "alerting/promql/eval/aggregate.h"

#include <cmath>
#include <unordered_map>

#include "alerting/promql/eval/choose.h"
#include "alerting/promql/functions/kahan.h"
#include "alerting/promql/functions/kernels.h"
#include "alerting/promql/parse/printer.h"

namespace tocsin::promql {
namespace {

model::Labels GroupLabels(const model::Labels& labels, const Aggregate& aggregate) {
  model::LabelsBuilder builder(labels);
  if (!aggregate.without) return builder.Keep(aggregate.grouping).Build();
  for (const std::string& name : aggregate.grouping) builder.Delete(name);
  return builder.Delete(model::kMetricName).Build();
}

std::vector<ColumnGroup> MakeGroups(const Columns& columns, const Aggregate& aggregate) {
  std::vector<ColumnGroup> groups;
  std::unordered_map<model::Labels, size_t, model::LabelsHash> index;
  for (size_t i = 0; i < columns.size(); ++i) {
    model::Labels labels = GroupLabels(columns[i].labels, aggregate);
    auto [it, is_new] = index.emplace(labels, groups.size());
    if (is_new) groups.push_back({std::move(labels), {}});
    groups[it->second].members.push_back(i);
  }
  return groups;
}

struct Sum {
  KahanSum sum;
  void Add(double value) { sum.Add(value); }
  double result() const { return sum.result(); }
};
struct Count {
  double count = 0;
  void Add(double) { ++count; }
  double result() const { return count; }
};
struct One {
  void Add(double) {}
  double result() const { return 1; }
};
struct Least {
  double value = model::NormalNan();
  void Add(double next) {
    if (next < value || std::isnan(value)) value = next;
  }
  double result() const { return value; }
};
struct Greatest {
  double value = model::NormalNan();
  void Add(double next) {
    if (next > value || std::isnan(value)) value = next;
  }
  double result() const { return value; }
};

/// Welford's method.
struct Variance {
  double count = 0;
  double mean = 0;
  double squares = 0;
  void Add(double value) {
    ++count;
    double delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  double result() const { return squares / count; }
};
struct Deviation : Variance {
  double result() const { return std::sqrt(Variance::result()); }
};

template <typename Accumulator>
Columns Fold(const Columns& columns, const std::vector<ColumnGroup>& groups, size_t steps) {
  Columns result;
  result.reserve(groups.size());
  for (const ColumnGroup& group : groups) {
    std::vector<Accumulator> accumulators(steps);
    std::vector<bool> seen(steps, false);
    for (size_t member : group.members) {
      const std::vector<double>& cells = columns[member].cells;
      for (size_t step = 0; step < steps; ++step) {
        if (IsAbsent(cells[step])) continue;
        accumulators[step].Add(cells[step]);
        seen[step] = true;
      }
    }
    Column column{group.labels, std::vector<double>(steps, Absent())};
    for (size_t step = 0; step < steps; ++step) {
      if (seen[step]) column.cells[step] = accumulators[step].result();
    }
    result.push_back(std::move(column));
  }
  return result;
}

Columns Quantiles(const Columns& columns, const std::vector<ColumnGroup>& groups, const ScalarCells& phis) {
  Columns result;
  std::vector<double> values;
  for (const ColumnGroup& group : groups) {
    Column column{group.labels, std::vector<double>(phis.size(), Absent())};
    for (size_t step = 0; step < phis.size(); ++step) {
      values.clear();
      for (size_t member : group.members) {
        if (double cell = columns[member].cells[step]; !IsAbsent(cell)) values.push_back(cell);
      }
      if (!values.empty()) column.cells[step] = kernels::Quantile(phis[step], values);
    }
    result.push_back(std::move(column));
  }
  return result;
}

Result<Columns> CountValues(const Columns& columns, const Aggregate& aggregate, const std::string& label,
                            size_t steps) {
  if (!model::IsUtf8Name(label)) {
    return Fail(ErrorCode::kInvalidArgument, "invalid label name " + model::Quote(label));
  }
  Columns result;
  std::unordered_map<model::Labels, size_t, model::LabelsHash> index;
  for (size_t step = 0; step < steps; ++step) {
    for (const Column& column : columns) {
      if (IsAbsent(column.cells[step])) continue;
      // The label is set first, so that grouping by it works.
      model::LabelsBuilder with_value(column.labels);
      with_value.Set(label, PrintNumber(column.cells[step]));
      model::Labels labels = GroupLabels(with_value.Build(), aggregate);
      if (!aggregate.without) {
        labels = model::LabelsBuilder(labels).Set(label, PrintNumber(column.cells[step])).Build();
      }
      auto [it, is_new] = index.emplace(labels, result.size());
      if (is_new) result.push_back({labels, std::vector<double>(steps, Absent())});
      double& cell = result[it->second].cells[step];
      cell = IsAbsent(cell) ? 1 : cell + 1;
    }
  }
  return result;
}

Columns FoldBy(AggregateOp op, const Columns& columns, const std::vector<ColumnGroup>& groups, size_t steps) {
  switch (op) {
    case AggregateOp::kSum:
      return Fold<Sum>(columns, groups, steps);
    case AggregateOp::kAvg:
      return Fold<RunningMean>(columns, groups, steps);
    case AggregateOp::kCount:
      return Fold<Count>(columns, groups, steps);
    case AggregateOp::kMin:
      return Fold<Least>(columns, groups, steps);
    case AggregateOp::kMax:
      return Fold<Greatest>(columns, groups, steps);
    case AggregateOp::kStddev:
      return Fold<Deviation>(columns, groups, steps);
    case AggregateOp::kStdvar:
      return Fold<Variance>(columns, groups, steps);
    default:
      return Fold<One>(columns, groups, steps);
  }
}

}  // namespace

Result<Columns> RunAggregate(const Aggregate& aggregate, const Columns& columns, const Value* param,
                             size_t steps, Annotations& notes) {
  Result<Columns> result = Columns{};
  if (aggregate.op == AggregateOp::kCountValues) {
    result = CountValues(columns, aggregate, std::get<std::string>(*param), steps);
  } else {
    std::vector<ColumnGroup> groups = MakeGroups(columns, aggregate);
    if (aggregate.op == AggregateOp::kQuantile) {
      const ScalarCells& phis = std::get<ScalarCells>(*param);
      kernels::WarnOfQuantiles(phis, Unwrap(*aggregate.param).span, notes);
      result = Quantiles(columns, groups, phis);
    } else if (TakesParameter(aggregate.op)) {
      result = Choose(aggregate, columns, groups, std::get<ScalarCells>(*param), notes);
    } else {
      result = FoldBy(aggregate.op, columns, groups, steps);
    }
  }
  if (result) DropEmpty(*result);
  return result;
}

}  // namespace tocsin::promql
