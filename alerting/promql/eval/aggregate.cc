// Columns are grouped by labels once; then each group folds its columns cell by cell into accumulators, one a
// step, in the order of the columns: sums come out the same to the last bit as Prometheus'.
#include "alerting/promql/eval/aggregate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "alerting/promql/functions/kahan.h"
#include "alerting/promql/functions/kernels.h"
#include "alerting/promql/parse/printer.h"

namespace tocsin::promql {
namespace {

struct Group {
  model::Labels labels;
  std::vector<size_t> members;  // indices of columns
};

model::Labels GroupLabels(const model::Labels& labels, const Aggregate& aggregate) {
  model::LabelsBuilder builder(labels);
  if (!aggregate.without) return builder.Keep(aggregate.grouping).Build();
  for (const std::string& name : aggregate.grouping) builder.Delete(name);
  return builder.Delete(model::kMetricName).Build();
}

std::vector<Group> MakeGroups(const Columns& columns, const Aggregate& aggregate) {
  std::vector<Group> groups;
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
Columns Fold(const Columns& columns, const std::vector<Group>& groups, size_t steps) {
  Columns result;
  result.reserve(groups.size());
  for (const Group& group : groups) {
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

Columns Quantiles(const Columns& columns, const std::vector<Group>& groups, const ScalarCells& phis,
                  Annotations& notes) {
  for (double phi : phis) {
    if (phi >= 0 && phi <= 1) continue;
    notes.Warn("PromQL warning: quantile value should be between 0 and 1, got " + PrintNumber(phi));
  }
  Columns result;
  std::vector<double> values;
  for (const Group& group : groups) {
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

// --- topk, bottomk, limitk: cells of the input that stay

struct Candidate {
  double value;
  size_t member;
};

/// Keeps the k best in a binary heap with the worst on top. Of equal values, those that came first stay, as
/// far as the heap's order goes: it moves as Go's container/heap does, so that ties fall as in Prometheus.
class BestCandidates {
 public:
  BestCandidates(size_t limit, bool largest) : limit_(limit), largest_(largest) {}

  void Offer(Candidate candidate) {
    if (heap_.size() < limit_) {
      heap_.push_back(candidate);
      Up(heap_.size() - 1);
    } else if (Beats(candidate.value, heap_[0].value)) {
      heap_[0] = candidate;
      Down(0);
    }
  }

  /// Best first.
  std::vector<Candidate> Take() {
    std::stable_sort(heap_.begin(), heap_.end(),
                     [&](const Candidate& a, const Candidate& b) { return Worse(b.value, a.value); });
    return std::move(heap_);
  }

 private:
  bool Beats(double a, double b) const {
    if (std::isnan(b)) return !std::isnan(a);
    return largest_ ? a > b : a < b;
  }
  bool Worse(double a, double b) const {
    if (std::isnan(a)) return true;
    return largest_ ? a < b : a > b;
  }
  void Up(size_t child) {
    while (child > 0) {
      size_t parent = (child - 1) / 2;
      if (!Worse(heap_[child].value, heap_[parent].value)) return;
      std::swap(heap_[child], heap_[parent]);
      child = parent;
    }
  }
  void Down(size_t parent) {
    for (;;) {
      size_t child = 2 * parent + 1;
      if (child >= heap_.size()) return;
      if (child + 1 < heap_.size() && Worse(heap_[child + 1].value, heap_[child].value)) ++child;
      if (!Worse(heap_[child].value, heap_[parent].value)) return;
      std::swap(heap_[child], heap_[parent]);
      parent = child;
    }
  }

  size_t limit_;
  bool largest_;
  std::vector<Candidate> heap_;
};

Result<size_t> LimitOf(double parameter, size_t most) {
  if (parameter < 1) return 0;
  if (!(parameter < 9223372036854774784.0)) {
    std::string shown = std::isfinite(parameter) ? fmt::format("{:g}", parameter) : PrintNumber(parameter);
    return Fail(ErrorCode::kInvalidArgument, fmt::format("Scalar value {} overflows int64", shown));
  }
  return parameter >= static_cast<double>(most) ? most : static_cast<size_t>(parameter);
}

bool HasCells(const Columns& columns, const Group& group, size_t step) {
  return std::any_of(group.members.begin(), group.members.end(),
                     [&](size_t member) { return !IsAbsent(columns[member].cells[step]); });
}

std::vector<Candidate> Chosen(const Columns& columns, const Group& group, size_t step, AggregateOp op,
                              size_t limit) {
  std::vector<Candidate> candidates;
  for (size_t member : group.members) {
    if (double cell = columns[member].cells[step]; !IsAbsent(cell)) candidates.push_back({cell, member});
  }
  if (op == AggregateOp::kLimitk) {
    if (candidates.size() > limit) candidates.resize(limit);
    return candidates;
  }
  if (limit == 0) return {};
  BestCandidates best(limit, op == AggregateOp::kTopk);
  for (const Candidate& candidate : candidates) best.Offer(candidate);
  return best.Take();
}

Result<Columns> Choose(const Columns& columns, const std::vector<Group>& groups, AggregateOp op,
                       const ScalarCells& limits) {
  size_t steps = limits.size();
  Columns result;
  for (const Column& column : columns)
    result.push_back({column.labels, std::vector<double>(steps, Absent())});
  std::vector<size_t> order;  // of an instant query's result: group by group, best first
  for (const Group& group : groups) {
    for (size_t step = 0; step < steps; ++step) {
      // As in Prometheus, a parameter that is no number matters only where there is something to choose from.
      if (!HasCells(columns, group, step)) continue;
      Result<size_t> limit = LimitOf(limits[step], columns.size());
      if (!limit) return Fail(limit.error());
      for (const Candidate& candidate : Chosen(columns, group, step, op, *limit)) {
        result[candidate.member].cells[step] = candidate.value;
        if (steps == 1) order.push_back(candidate.member);
      }
    }
  }
  if (steps != 1) return result;
  Columns ordered;
  for (size_t member : order) ordered.push_back(std::move(result[member]));
  return ordered;
}

Columns FoldBy(AggregateOp op, const Columns& columns, const std::vector<Group>& groups, size_t steps) {
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
  if (aggregate.op == AggregateOp::kLimitRatio) {
    return Fail(ErrorCode::kUnsupported, "aggregation limit_ratio is not supported");
  }
  Result<Columns> result = Columns{};
  if (aggregate.op == AggregateOp::kCountValues) {
    result = CountValues(columns, aggregate, std::get<std::string>(*param), steps);
  } else {
    std::vector<Group> groups = MakeGroups(columns, aggregate);
    if (aggregate.op == AggregateOp::kQuantile)
      result = Quantiles(columns, groups, std::get<ScalarCells>(*param), notes);
    else if (TakesParameter(aggregate.op))
      result = Choose(columns, groups, aggregate.op, std::get<ScalarCells>(*param));
    else
      result = FoldBy(aggregate.op, columns, groups, steps);
  }
  if (result) DropEmpty(*result);
  return result;
}

}  // namespace tocsin::promql
