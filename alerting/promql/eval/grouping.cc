#include "alerting/promql/eval/grouping.h"

#include <algorithm>
#include <functional>

namespace tocsin::promql {
namespace {

uint64_t MixInto(uint64_t hash, uint64_t more) {
  hash = (hash ^ more) * 0xff51afd7ed558ccd;
  return hash ^ (hash >> 32);
}

}  // namespace

bool GroupIndex::Counts(std::string_view name) const {
  return name != model::kMetricName && std::ranges::find(by_.names, name) == by_.names.end();
}

uint64_t GroupIndex::HashOf(const model::Labels& labels) const {
  constexpr std::hash<std::string_view> kHash;
  uint64_t hash = 0x9e3779b97f4a7c15;
  if (!by_.without) {
    for (const std::string& name : by_.names) hash = MixInto(hash, kHash(labels.Get(name)));
    return hash;
  }
  for (const auto& label : labels) {
    if (Counts(label.name)) hash = MixInto(MixInto(hash, kHash(label.name)), kHash(label.value));
  }
  return hash;
}

bool GroupIndex::Same(const model::Labels& a, const model::Labels& b) const {
  if (!by_.without) {
    return std::all_of(by_.names.begin(), by_.names.end(),
                       [&](const std::string& name) { return a.Get(name) == b.Get(name); });
  }
  auto left = a.begin();
  auto right = b.begin();
  for (;; ++left, ++right) {
    while (left != a.end() && !Counts((*left).name)) ++left;
    while (right != b.end() && !Counts((*right).name)) ++right;
    if (left == a.end() || right == b.end()) return left == a.end() && right == b.end();
    if ((*left).name != (*right).name || (*left).value != (*right).value) return false;
  }
}

size_t GroupIndex::Put(const model::Labels& labels) {
  // Where another group has the hash already, the next one is tried.
  for (uint64_t hash = HashOf(labels);; ++hash) {
    const auto [place, is_new] = by_hash_.try_emplace(hash, first_.size());
    if (is_new) first_.push_back(labels);
    if (is_new || Same(labels, first_[place->second])) return place->second;
  }
}

std::optional<size_t> GroupIndex::Find(const model::Labels& labels) const {
  for (uint64_t hash = HashOf(labels);; ++hash) {
    const auto place = by_hash_.find(hash);
    if (place == by_hash_.end()) return std::nullopt;
    if (Same(labels, first_[place->second])) return place->second;
  }
}

model::Labels LabelsOfGroup(const model::Labels& labels, const GroupBy& by) {
  model::LabelsBuilder builder(labels);
  if (!by.without) return builder.Keep(by.names).Build();
  for (const std::string& name : by.names) builder.Delete(name);
  return builder.Delete(model::kMetricName).Build();
}

std::vector<ColumnGroup> GroupColumns(const Columns& columns, const GroupBy& by) {
  GroupIndex index(by);
  std::vector<ColumnGroup> groups;
  for (size_t i = 0; i < columns.size(); ++i) {
    const size_t number = index.Put(columns[i].labels);
    if (number == groups.size()) groups.push_back({LabelsOfGroup(columns[i].labels, by), {}});
    groups[number].members.push_back(i);
  }
  return groups;
}

}  // namespace tocsin::promql
