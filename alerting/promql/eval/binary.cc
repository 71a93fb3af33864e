// Series of both sides that agree on the matching labels form a group. Whether a group has two series on a
// side that may have one only, matters at each step for itself: series that take turns are fine. So groups
// are made once for all columns, and conflicts are looked for in the cells.
#include "alerting/promql/eval/binary.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

namespace tocsin::promql {
namespace {

using model::Labels;

bool DropsName(BinaryOp op) { return op <= BinaryOp::kAtan2; }

Labels MatchKey(const Labels& labels, const Matching& matching) {
  model::LabelsBuilder key(labels);
  if (matching.on) return key.Keep(matching.labels).Build();
  for (const std::string& name : matching.labels) key.Delete(name);
  return key.Delete(model::kMetricName).Build();
}

/// Columns of one side by their matching labels.
class Groups {
 public:
  Groups(const Columns& columns, const Matching& matching) {
    for (size_t i = 0; i < columns.size(); ++i) by_key_[MatchKey(columns[i].labels, matching)].push_back(i);
  }
  const std::vector<size_t>* Find(const Labels& key) const {
    auto it = by_key_.find(key);
    return it == by_key_.end() ? nullptr : &it->second;
  }
  auto begin() const { return by_key_.begin(); }
  auto end() const { return by_key_.end(); }

 private:
  std::unordered_map<Labels, std::vector<size_t>, model::LabelsHash> by_key_;
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
  std::unordered_map<Labels, std::vector<bool>, model::LabelsHash> present;
  for (const auto& [key, members] : Groups(other, binary.matching)) {
    present.emplace(key, PresentSteps(other, members, steps));
  }
  for (Column& column : filtered) {
    auto it = present.find(MatchKey(column.labels, binary.matching));
    for (size_t step = 0; step < steps; ++step) {
      bool there = it != present.end() && it->second[step];
      if (there != keep_where_present) column.cells[step] = Absent();
    }
  }
  if (is_or) lhs.insert(lhs.end(), std::move_iterator(rhs.begin()), std::move_iterator(rhs.end()));
  DropEmpty(lhs);
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
    for (const auto& [key, members] : Groups(many_, binary_.matching)) {
      if (binary_.matching.grouped() || members.size() < 2) continue;
      if (Status unique = CheckOneToOne(key, members); !unique) return Fail(unique.error());
    }
    Columns result;
    for (const Column& column : many_) {
      const std::vector<size_t>* partners = one_groups_.Find(MatchKey(column.labels, binary_.matching));
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
  Status CheckOneSide() const {
    std::vector<bool> many_present;
    for (const auto& [key, members] : one_groups_) {
      if (members.size() < 2) continue;
      if (many_present.empty()) many_present = AnyPresent();
      for (size_t step = 0; step < steps_; ++step) {
        if (!many_present[step]) continue;
        const Column* first = nullptr;
        for (size_t member : members) {
          if (IsAbsent(one_[member].cells[step])) continue;
          if (first != nullptr) return DuplicateOnOneSide(key, *first, one_[member]);
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

  Status DuplicateOnOneSide(const Labels& key, const Column& first, const Column& second) const {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("found duplicate series for the match group {} on the {} hand-side of the operation: "
                    "[{}, {}];many-to-many matching not allowed: matching labels must be unique on one "
                    "side",
                    InBraces(key), swapped_ ? "left" : "right", InBraces(second.labels),
                    InBraces(first.labels)));
  }

  /// Two left series of one group that both have a result at a step.
  Status CheckOneToOne(const Labels& key, const std::vector<size_t>& members) const {
    const std::vector<size_t>* partners = one_groups_.Find(key);
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
    Column column{ResultLabels(many.labels, one.labels), std::vector<double>(steps_)};
    for (size_t step = 0; step < steps_; ++step)
      column.cells[step] = CellOf(many.cells[step], one.cells[step]);
    return column;
  }

  Labels ResultLabels(const Labels& many, const Labels& one) const {
    const Matching& matching = binary_.matching;
    model::LabelsBuilder labels(many);
    if (DropsName(binary_.op) || binary_.return_bool) labels.Delete(model::kMetricName);
    if (matching.card == Matching::Card::kOneToOne) {
      if (matching.on) {
        labels.Keep(matching.labels);
      } else {
        for (const std::string& name : matching.labels) labels.Delete(name);
      }
    }
    for (const std::string& name : matching.include) labels.Set(name, one.Get(name));
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
  for (Column& column : vector) {
    if (!filter) column.labels = WithoutMetricName(column.labels);
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
  if (Status merged = MergeDuplicates(vector); !merged) return Fail(merged.error());
  return vector;
}

Result<Columns> VectorBinary(const Binary& binary, Columns lhs, Columns rhs, size_t steps) {
  if (IsSetOperator(binary.op)) return SetOperation(binary, std::move(lhs), std::move(rhs), steps);
  if (binary.matching.card == Matching::Card::kOneToMany) std::swap(lhs, rhs);
  return Join(binary, std::move(lhs), std::move(rhs), steps).Run();
}

}  // namespace tocsin::promql
