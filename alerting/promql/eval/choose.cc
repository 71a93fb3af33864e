#include "alerting/promql/eval/choose.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>
#define XXH_INLINE_ALL  // header only: no library to ship
#include <xxhash.h>

#include "alerting/promql/parse/printer.h"

namespace tocsin::promql {
namespace {

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
    } else if (limit_ > 0 && Beats(candidate.value, heap_[0].value)) {
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
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("Scalar value {} overflows int64", PrintShort(parameter)));
  }
  return parameter >= static_cast<double>(most) ? most : static_cast<size_t>(parameter);
}

void AppendSized(std::string& bytes, std::string_view text) {
  constexpr size_t kLong = 255;
  if (text.size() < kLong) {
    bytes += static_cast<char>(text.size());
  } else {
    bytes += static_cast<char>(kLong);
    for (int shift : {0, 8, 16}) bytes += static_cast<char>((text.size() >> shift) & 0xff);
  }
  bytes += text;
}

/// Where a series stands between 0 and 1 for limit_ratio: by the xxHash of its labels' bytes as Prometheus
/// keeps them, so that both choose the same series.
double RatioOffset(const model::Labels& labels) {
  std::string bytes;
  for (const model::LabelView label : labels) {
    AppendSized(bytes, label.name);
    AppendSized(bytes, label.value);
  }
  constexpr auto kMost = static_cast<double>(std::numeric_limits<uint64_t>::max());
  return static_cast<double>(XXH64(bytes.data(), bytes.size(), 0)) / kMost;
}

bool WithinRatio(double offset, double ratio) { return ratio >= 0 ? offset < ratio : offset >= 1 + ratio; }

/// The ratio within [-1, 1], with a warning where it was not.
double CappedRatio(double ratio, Span at, Annotations& notes) {
  double capped = ratio > 1 ? 1 : ratio < -1 ? -1 : ratio;
  if (capped != ratio && !std::isnan(ratio)) {
    notes.Warn(fmt::format("ratio value should be between -1 and 1, got {}, capping to {}", PrintShort(ratio),
                           PrintShort(capped)),
               at);
  }
  return capped;
}

class Chooser {
 public:
  Chooser(const Aggregate& aggregate, const Columns& columns, ScalarCells params)
      : op_(aggregate.op), count_(columns.size()), params_(std::move(params)) {
    if (op_ != AggregateOp::kLimitRatio) return;
    offsets_.reserve(columns.size());
    for (const Column& column : columns) offsets_.push_back(RatioOffset(column.labels));
  }

  /// `candidates`: the cells that there are at the step, in the order of the columns.
  Result<std::vector<Candidate>> Among(std::vector<Candidate> candidates, size_t step) const {
    // As in Prometheus, a parameter that is no number matters only where there is something to choose from.
    if (candidates.empty()) return candidates;
    if (op_ == AggregateOp::kLimitRatio) return ByRatio(std::move(candidates), params_[step]);
    Result<size_t> limit = LimitOf(params_[step], count_);
    if (!limit) return Fail(limit.error());
    if (candidates.size() > *limit) candidates.resize(*limit);
    return candidates;
  }

 private:
  Result<std::vector<Candidate>> ByRatio(std::vector<Candidate> candidates, double ratio) const {
    if (std::isnan(ratio)) return Fail(ErrorCode::kInvalidArgument, "Ratio value NaN is NaN");
    std::erase_if(candidates, [&](const Candidate& candidate) {
      return !WithinRatio(offsets_[candidate.member], ratio);
    });
    return candidates;
  }

  AggregateOp op_;
  size_t count_;  // of columns
  ScalarCells params_;
  std::vector<double> offsets_;  // of each column, for limit_ratio
};

/// Columns are read a few cells at a time: step by step, each cell would be a cache line.
constexpr size_t kStepsAtOnce = 16;

/// topk and bottomk: the best of some steps in a row.
class BestBlock {
 public:
  BestBlock(const Columns& columns, const ScalarCells& limits, bool largest)
      : columns_(columns), limits_(limits), largest_(largest) {}

  void Gather(const ColumnGroup& group, size_t first, size_t count) {
    for (Step& step : at_) step = {};
    for (const size_t member : group.members) {
      const Cells& cells = columns_[member].cells;
      for (size_t i = 0; i < count; ++i) {
        const double cell = cells[first + i];
        if (!IsAbsent(cell)) Offer(at_[i], limits_[first + i], {cell, member});
      }
    }
  }
  /// As in Prometheus, a limit that is no number matters only where there is something to choose from.
  Result<std::vector<Candidate>> Take(size_t i) {
    if (at_[i].fault) return Fail(*at_[i].fault);
    return at_[i].best ? at_[i].best->Take() : std::vector<Candidate>();
  }

 private:
  struct Step {
    std::optional<BestCandidates> best;
    std::optional<Error> fault;
  };
  void Offer(Step& step, double limit, Candidate candidate) const {
    if (!step.best) {
      const Result<size_t> most = LimitOf(limit, columns_.size());
      if (!most) step.fault = most.error();
      step.best.emplace(most.value_or(0), largest_);
    }
    step.best->Offer(candidate);
  }

  const Columns& columns_;
  const ScalarCells& limits_;
  bool largest_;
  std::array<Step, kStepsAtOnce> at_;
};

/// limitk and limit_ratio: the candidates of some steps in a row.
class CandidateBlock {
 public:
  void Gather(const Columns& columns, const ColumnGroup& group, size_t first, size_t count) {
    for (auto& candidates : at_) {
      candidates.clear();
      candidates.reserve(group.members.size());
    }
    for (const size_t member : group.members) {
      const Cells& cells = columns[member].cells;
      for (size_t i = 0; i < count; ++i) {
        if (const double cell = cells[first + i]; !IsAbsent(cell)) at_[i].push_back({cell, member});
      }
    }
  }
  std::vector<Candidate> Take(size_t i) { return std::move(at_[i]); }

 private:
  std::array<std::vector<Candidate>, kStepsAtOnce> at_;
};

}  // namespace

Result<Columns> Choose(const Aggregate& aggregate, const Columns& columns,
                       const std::vector<ColumnGroup>& groups, const ScalarCells& params,
                       Annotations& notes) {
  const size_t steps = params.size();
  ScalarCells capped = params;
  if (aggregate.op == AggregateOp::kLimitRatio) {
    for (double& ratio : capped) ratio = CappedRatio(ratio, Unwrap(*aggregate.param).span, notes);
  }
  const Chooser chooser(aggregate, columns, std::move(capped));
  std::vector<Cells> cells(columns.size());  // of those that were chosen once
  std::vector<size_t> order;                 // in which that happened: of one step group by group, best first
  CandidateBlock block;
  const bool ranked = aggregate.op == AggregateOp::kTopk || aggregate.op == AggregateOp::kBottomk;
  BestBlock best(columns, params, aggregate.op == AggregateOp::kTopk);
  for (const ColumnGroup& group : groups) {
    for (size_t step = 0; step < steps; ++step) {
      const size_t within = step % kStepsAtOnce;
      const size_t at_once = std::min(kStepsAtOnce, steps - step);
      if (within == 0 && ranked) best.Gather(group, step, at_once);
      if (within == 0 && !ranked) block.Gather(columns, group, step, at_once);
      auto chosen = ranked ? best.Take(within) : chooser.Among(block.Take(within), step);
      if (!chosen) return Fail(chosen.error());
      for (const Candidate& candidate : *chosen) {
        Cells& of = cells[candidate.member];
        if (of.size() == 0) {
          of = Cells(steps, Absent());
          order.push_back(candidate.member);
        }
        of[step] = candidate.value;
      }
    }
  }
  if (steps != 1) std::sort(order.begin(), order.end());
  Columns result;
  result.reserve(order.size());
  for (const size_t member : order) {
    result.push_back({columns[member].labels, std::move(cells[member]), columns[member].nameless});
  }
  return result;
}

}  // namespace tocsin::promql
