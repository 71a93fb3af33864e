// Columns by the labels that they have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "alerting/promql/eval/columns.h"

namespace tocsin::promql {

/// Columns that an operator takes together.
struct ColumnGroup {
  model::Labels labels;
  std::vector<size_t> members;  ///< indices of columns
};

/// The labels that tell groups apart.
struct GroupBy {
  std::span<const std::string> names;
  bool without = false;  ///< all but these and the metric's name
};

/// Numbers groups as they come, from 0. Found by a hash over the labels that count, and made sure of by
/// comparing them with those of the first that came: no key is put together for each. Labels without a name
/// must be settled where the name is one of `by`. What `by` points to outlives it.
class GroupIndex {
 public:
  explicit GroupIndex(GroupBy by) : by_(by) {}

  /// The number of the labels' group, which is made when it is new.
  size_t Put(const model::Labels& labels);
  std::optional<size_t> Find(const model::Labels& labels) const;
  size_t size() const { return first_.size(); }
  /// Those that made the group.
  const model::Labels& FirstOf(size_t group) const { return first_[group]; }

 private:
  uint64_t HashOf(const model::Labels& labels) const;
  bool Same(const model::Labels& a, const model::Labels& b) const;
  bool Counts(std::string_view name) const;

  GroupBy by_;
  std::vector<model::Labels> first_;
  std::unordered_map<uint64_t, size_t> by_hash_;
};

/// In the order of their first columns.
std::vector<ColumnGroup> GroupColumns(const Columns& columns, const GroupBy& by);

/// What is left of a column's labels in its group.
model::Labels LabelsOfGroup(const model::Labels& labels, const GroupBy& by);

}  // namespace tocsin::promql
