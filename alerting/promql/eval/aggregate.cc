// Columns are grouped by labels once; then each group folds its columns cell by cell into accumulators, one a
// step, in the order of the columns: sums come out the same to the last bit as Prometheus'.
#include "alerting/promql/eval/aggregate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "alerting/promql/eval/choose.h"
#include "alerting/promql/functions/kahan.h"
#include "alerting/promql/functions/kernels.h"
#include "alerting/promql/parse/printer.h"

namespace tocsin::promql {
namespace {

GroupBy GroupingOf(const Aggregate& aggregate) { return {aggregate.grouping, aggregate.without}; }

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

/// One group's accumulators.
template <typename Accumulator>
class GroupFold {
 public:
  GroupFold(model::Labels labels, size_t steps)
      : labels_(std::move(labels)), accumulators_(steps), seen_(steps, 0) {}

  void Add(const double* cells) {
    for (size_t step = 0; step < accumulators_.size(); ++step) {
      if (IsAbsent(cells[step])) continue;
      accumulators_[step].Add(cells[step]);
      seen_[step] = 1;
    }
  }
  Column Finish() && {
    Column column{std::move(labels_), Cells(seen_.size(), Absent())};
    for (size_t step = 0; step < seen_.size(); ++step) {
      if (seen_[step] != 0) column.cells[step] = accumulators_[step].result();
    }
    return column;
  }

 private:
  model::Labels labels_;
  std::vector<Accumulator> accumulators_;
  std::vector<char> seen_;  // a byte each: they are set one by one
};

/// Sums, two steps at a time.
template <>
class GroupFold<Sum> {
 public:
  GroupFold(model::Labels labels, size_t steps)
      : labels_(std::move(labels)), steps_(steps), pairs_((steps + 1) / 2) {}

  void Add(const double* cells) {
    size_t step = 0;
    for (; step + 1 < steps_; step += 2) pairs_[step / 2].Add(Two{cells[step], cells[step + 1]});
    if (step < steps_) pairs_[step / 2].Add(Two{cells[step], Absent()});
  }
  Column Finish() && {
    Column column{std::move(labels_), Cells(steps_, Absent())};
    for (size_t step = 0; step < steps_; ++step) {
      const Pair& pair = pairs_[step / 2];
      if (pair.seen[step % 2] != 0) column.cells[step] = pair.sums.result()[step % 2];
    }
    return column;
  }

 private:
  struct Pair {
    TwoKahanSums sums;
    TwoBits seen{};
    void Add(Two cells) {
      constexpr auto kAbsent = static_cast<int64_t>(model::kStaleNanBits);
      const TwoBits present = std::bit_cast<TwoBits>(cells) != TwoBits{kAbsent, kAbsent};
      TwoKahanSums next = sums;
      next.Add(cells);
      sums.sum = Where(present, next.sum, sums.sum);
      sums.compensation = Where(present, next.compensation, sums.compensation);
      seen |= present;
    }
  };

  model::Labels labels_;
  size_t steps_;
  std::vector<Pair> pairs_;
};

template <typename Accumulator>
Columns Fold(const Columns& columns, const std::vector<ColumnGroup>& groups, size_t steps) {
  Columns result;
  result.reserve(groups.size());
  for (const ColumnGroup& group : groups) {
    GroupFold<Accumulator> fold(group.labels, steps);
    for (size_t member : group.members) fold.Add(columns[member].cells.begin());
    result.push_back(std::move(fold).Finish());
  }
  return result;
}

template <typename Accumulator>
class FoldOf final : public ColumnFold {
 public:
  FoldOf(GroupBy by, size_t steps) : by_(by), index_(by), cells_(steps) {}

  double* Room(size_t /*steps*/) override { return cells_.data(); }
  void Take(const model::Labels& labels) override {
    const size_t number = index_.Put(labels);
    if (number == groups_.size()) groups_.emplace_back(LabelsOfGroup(labels, by_), cells_.size());
    groups_[number].Add(cells_.data());
  }
  bool empty() const override { return groups_.empty(); }
  Columns Folded() override {
    Columns result;
    result.reserve(groups_.size());
    for (auto& group : groups_) result.push_back(std::move(group).Finish());
    return result;
  }

 private:
  GroupBy by_;
  GroupIndex index_;
  std::vector<double> cells_;
  std::vector<GroupFold<Accumulator>> groups_;
};

Columns Quantiles(const Columns& columns, const std::vector<ColumnGroup>& groups, const ScalarCells& phis) {
  Columns result;
  std::vector<double> values;
  for (const ColumnGroup& group : groups) {
    Column column{group.labels, Cells(phis.size(), Absent())};
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
      model::Labels labels = LabelsOfGroup(with_value.Build(), GroupingOf(aggregate));
      if (!aggregate.without) {
        labels = model::LabelsBuilder(labels).Set(label, PrintNumber(column.cells[step])).Build();
      }
      auto [it, is_new] = index.emplace(labels, result.size());
      if (is_new) result.push_back({labels, Cells(steps, Absent())});
      double& cell = result[it->second].cells[step];
      cell = IsAbsent(cell) ? 1 : cell + 1;
    }
  }
  return result;
}

/// Calls `run` with the operator's accumulator as its template parameter.
template <typename Run>
auto WithAccumulator(AggregateOp op, Run run) {
  switch (op) {
    case AggregateOp::kSum:
      return run.template operator()<Sum>();
    case AggregateOp::kAvg:
      return run.template operator()<RunningMean>();
    case AggregateOp::kCount:
      return run.template operator()<Count>();
    case AggregateOp::kMin:
      return run.template operator()<Least>();
    case AggregateOp::kMax:
      return run.template operator()<Greatest>();
    case AggregateOp::kStddev:
      return run.template operator()<Deviation>();
    case AggregateOp::kStdvar:
      return run.template operator()<Variance>();
    default:
      return run.template operator()<One>();
  }
}

}  // namespace

Result<Columns> RunAggregate(const Aggregate& aggregate, const Columns& columns, const Value* param,
                             size_t steps, Annotations& notes) {
  Result<Columns> result = Columns{};
  if (aggregate.op == AggregateOp::kCountValues) {
    result = CountValues(columns, aggregate, std::get<std::string>(*param), steps);
  } else {
    std::vector<ColumnGroup> groups = GroupColumns(columns, GroupingOf(aggregate));
    if (aggregate.op == AggregateOp::kQuantile) {
      const ScalarCells& phis = std::get<ScalarCells>(*param);
      kernels::WarnOfQuantiles(phis, Unwrap(*aggregate.param).span, notes);
      result = Quantiles(columns, groups, phis);
    } else if (TakesParameter(aggregate.op)) {
      result = Choose(aggregate, columns, groups, std::get<ScalarCells>(*param), notes);
    } else {
      result = WithAccumulator(
          aggregate.op, [&]<typename Accumulator>() { return Fold<Accumulator>(columns, groups, steps); });
    }
  }
  if (result) DropEmpty(*result);
  return result;
}

std::unique_ptr<ColumnFold> MakeFold(const Aggregate& aggregate, size_t steps) {
  if (aggregate.param != nullptr) return nullptr;
  return WithAccumulator(aggregate.op, [&]<typename Accumulator>() -> std::unique_ptr<ColumnFold> {
    return std::make_unique<FoldOf<Accumulator>>(GroupingOf(aggregate), steps);
  });
}

}  // namespace tocsin::promql
