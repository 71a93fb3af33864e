// Series of both sides that agree on the matching labels form a group. Whether a group has two series on a
// side that may have one only, matters at each step for itself: series that take turns are fine. So groups
// are made once for all columns, and conflicts are looked for in the cells.
#include "alerting/promql/eval/binary.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "alerting/promql/eval/grouping.h"

namespace tocsin::promql {
namespace {

using model::Labels;

bool DropsName(BinaryOp op) { return op <= BinaryOp::kAtan2; }

GroupBy MatchingOf(const Matching& matching) { return {matching.labels, !matching.on}; }

bool MatchesNames(const Matching& matching) {
  return matching.on && std::ranges::find(matching.labels, model::kMetricName) != matching.labels.end();
}

/// Columns of one side by their matching labels.
class Groups {
 public:
  Groups(const Columns& columns, const Matching& matching) : index_(MatchingOf(matching)) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const size_t number = index_.Put(columns[i].labels);
      if (number == members_.size()) members_.emplace_back();
      members_[number].push_back(i);
    }
  }
  std::optional<size_t> NumberOf(const Labels& labels) const { return index_.Find(labels); }
  const std::vector<size_t>* Find(const Labels& labels) const {
    const auto number = index_.Find(labels);
    return number ? &members_[*number] : nullptr;
  }
  const std::vector<std::vector<size_t>>& all() const { return members_; }

 private:
  GroupIndex index_;
  std::vector<std::vector<size_t>> members_;
};

std::vector<bool> PresentSteps(const Columns& columns, const std::vector<size_t>& members, size_t steps) {
  std::vector<bool> present(steps, false);
  for (size_t member : members) {
    for (size_t step = 0; step < steps; ++step) {
      if (!IsAbsent(columns[member].cells[step])) present[step] = true;
    }
  }
  return present;
}

/// `or` adds right cells where the group has none on the left; `and` keeps left cells where it has one on the
/// right; `unless` where it has none.
Result<Columns> SetOperation(const Binary& binary, Columns lhs, Columns rhs, size_t steps) {
  bool is_or = binary.op == BinaryOp::kOr;
  Columns& filtered = is_or ? rhs : lhs;
  const Columns& other = is_or ? lhs : rhs;
  bool keep_where_present = binary.op == BinaryOp::kAnd;
  const Groups groups(other, binary.matching);
  std::vector<std::vector<bool>> present;
  present.reserve(groups.all().size());
  for (const auto& members : groups.all()) present.push_back(PresentSteps(other, members, steps));
  for (Column& column : filtered) {
    const auto number = groups.NumberOf(column.labels);
    for (size_t step = 0; step < steps; ++step) {
      const bool there = number && present[*number][step];
      if (there != keep_where_present) column.cells[step] = Absent();
    }
  }
  if (is_or) lhs.insert(lhs.end(), std::move_iterator(rhs.begin()), std::move_iterator(rhs.end()));
  DropEmpty(lhs);
  if (!is_or) return lhs;
  SettleLabels(lhs);
  if (Status merged = MergeDuplicates(lhs); !merged) return Fail(merged.error());
  return lhs;
}

class Join {
 public:
  /// `many` is the right-hand side when the matching is one to many, else the left-hand side.
  Join(const Binary& binary, Columns many, Columns one, size_t steps)
      : binary_(binary),
        steps_(steps),
        swapped_(binary.matching.card == Matching::Card::kOneToMany),
        many_(std::move(many)),
        one_(std::move(one)),
        one_groups_(one_, binary.matching) {}

  Result<Columns> Run() {
    if (many_.empty() || one_.empty()) return Columns{};
    if (Status unique = CheckOneSide(); !unique) return Fail(unique.error());
    if (Status unique = CheckManySide(); !unique) return Fail(unique.error());
    Columns result;
    for (const Column& column : many_) {
      const std::vector<size_t>* partners = one_groups_.Find(column.labels);
      if (partners == nullptr) continue;
      for (size_t partner : *partners) result.push_back(Combine(column, one_[partner]));
    }
    DropEmpty(result);
    if (Status merged = MergeDuplicates(result); !merged) {
      if (!binary_.matching.grouped()) return Fail(merged.error());
      return Fail(ErrorCode::kInvalidArgument,
                  "multiple matches for labels: grouping labels must ensure unique matches");
    }
    return result;
  }

 private:
  Status CheckManySide() const {
    if (binary_.matching.grouped()) return {};
    const Groups groups(many_, binary_.matching);
    for (const auto& members : groups.all()) {
      if (members.size() < 2) continue;
      if (Status unique = CheckOneToOne(members); !unique) return unique;
    }
    return {};
  }

  Status CheckOneSide() const {
    std::vector<bool> many_present;
    for (const auto& members : one_groups_.all()) {
      if (members.size() < 2) continue;
      if (many_present.empty()) many_present = AnyPresent();
      for (size_t step = 0; step < steps_; ++step) {
        if (!many_present[step]) continue;
        const Column* first = nullptr;
        for (size_t member : members) {
          if (IsAbsent(one_[member].cells[step])) continue;
          if (first != nullptr) return DuplicateOnOneSide(*first, one_[member]);
          first = &one_[member];
        }
      }
    }
    return {};
  }

  std::vector<bool> AnyPresent() const {
    std::vector<size_t> all(many_.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    return PresentSteps(many_, all, steps_);
  }

  Status DuplicateOnOneSide(const Column& first, const Column& second) const {
    const Labels key = LabelsOfGroup(first.labels, MatchingOf(binary_.matching));
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("found duplicate series for the match group {} on the {} hand-side of the operation: "
                    "[{}, {}];many-to-many matching not allowed: matching labels must be unique on one "
                    "side",
                    InBraces(key), swapped_ ? "left" : "right", InBraces(Settled(second)),
                    InBraces(Settled(first))));
  }

  /// Two left series of one group that both have a result at a step.
  Status CheckOneToOne(const std::vector<size_t>& members) const {
    const std::vector<size_t>* partners = one_groups_.Find(many_[members.front()].labels);
    if (partners == nullptr) return {};
    std::vector<bool> matched(steps_, false);
    for (size_t member : members) {
      for (size_t partner : *partners) {
        for (size_t step = 0; step < steps_; ++step) {
          if (IsAbsent(CellOf(many_[member].cells[step], one_[partner].cells[step]))) continue;
          if (matched[step]) {
            return Fail(ErrorCode::kInvalidArgument,
                        "multiple matches for labels: many-to-one matching must be explicit "
                        "(group_left/group_right)");
          }
          matched[step] = true;
        }
      }
    }
    return {};
  }

  double CellOf(double many, double one) const {
    if (IsAbsent(many) || IsAbsent(one)) return Absent();
    double lhs = swapped_ ? one : many;
    double rhs = swapped_ ? many : one;
    double value = Calculate(binary_.op, lhs, rhs);
    if (!IsComparison(binary_.op) || binary_.return_bool) return value;
    return value != 0 ? lhs : Absent();
  }

  Column Combine(const Column& many, const Column& one) const {
    Column column{ResultLabels(many, one), Cells::Unset(steps_)};
    for (size_t step = 0; step < steps_; ++step)
      column.cells[step] = CellOf(many.cells[step], one.cells[step]);
    return column;
  }

  Labels ResultLabels(const Column& many, const Column& one) const {
    const Matching& matching = binary_.matching;
    model::LabelsBuilder labels(many.labels);
    if (many.nameless || DropsName(binary_.op) || binary_.return_bool) labels.Delete(model::kMetricName);
    if (matching.card == Matching::Card::kOneToOne) {
      if (matching.on) {
        labels.Keep(matching.labels);
      } else {
        for (const std::string& name : matching.labels) labels.Delete(name);
      }
    }
    for (const std::string& name : matching.include) {
      labels.Set(name, name == model::kMetricName ? one.name() : one.labels.Get(name));
    }
    return labels.Build();
  }

  const Binary& binary_;
  size_t steps_;
  bool swapped_;
  Columns many_;
  Columns one_;
  Groups one_groups_;
};

}  // namespace

double Calculate(BinaryOp op, double lhs, double rhs) {
  switch (op) {
    case BinaryOp::kAdd:
      return lhs + rhs;
    case BinaryOp::kSub:
      return lhs - rhs;
    case BinaryOp::kMul:
      return lhs * rhs;
    case BinaryOp::kDiv:
      return lhs / rhs;
    case BinaryOp::kMod:
      return std::fmod(lhs, rhs);
    case BinaryOp::kPow:
      return std::pow(lhs, rhs);
    case BinaryOp::kAtan2:
      return std::atan2(lhs, rhs);
    case BinaryOp::kEqual:
      return lhs == rhs ? 1 : 0;
    case BinaryOp::kNotEqual:
      return lhs != rhs ? 1 : 0;
    case BinaryOp::kLess:
      return lhs < rhs ? 1 : 0;
    case BinaryOp::kLessEqual:
      return lhs <= rhs ? 1 : 0;
    case BinaryOp::kGreater:
      return lhs > rhs ? 1 : 0;
    case BinaryOp::kGreaterEqual:
      return lhs >= rhs ? 1 : 0;
    case BinaryOp::kAnd:
    case BinaryOp::kOr:
    case BinaryOp::kUnless:
      break;  // between vectors only
  }
  return model::NormalNan();
}

ScalarCells ScalarBinary(const Binary& binary, const ScalarCells& lhs, const ScalarCells& rhs) {
  ScalarCells cells(lhs.size());
  for (size_t step = 0; step < cells.size(); ++step) cells[step] = Calculate(binary.op, lhs[step], rhs[step]);
  return cells;
}

Result<Columns> VectorScalarBinary(const Binary& binary, Columns vector, const ScalarCells& scalar,
                                   bool scalar_left) {
  bool filter = IsComparison(binary.op) && !binary.return_bool;
  const bool may_merge = !filter && DropNames(vector);
  for (Column& column : vector) {
    for (size_t step = 0; step < scalar.size(); ++step) {
      double& cell = column.cells[step];
      if (IsAbsent(cell)) continue;
      double value =
          Calculate(binary.op, scalar_left ? scalar[step] : cell, scalar_left ? cell : scalar[step]);
      if (!filter)
        cell = value;
      else if (value == 0)
        cell = Absent();
    }
  }
  DropEmpty(vector);
  if (may_merge) {
    if (Status merged = MergeDuplicates(vector); !merged) return Fail(merged.error());
  }
  return vector;
}

Result<Columns> VectorBinary(const Binary& binary, Columns lhs, Columns rhs, size_t steps) {
  if (MatchesNames(binary.matching)) {
    SettleLabels(lhs);
    SettleLabels(rhs);
  }
  if (IsSetOperator(binary.op)) return SetOperation(binary, std::move(lhs), std::move(rhs), steps);
  if (binary.matching.card == Matching::Card::kOneToMany) std::swap(lhs, rhs);
  return Join(binary, std::move(lhs), std::move(rhs), steps).Run();
}

}  // namespace tocsin::promql
