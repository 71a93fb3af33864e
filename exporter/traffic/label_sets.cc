#include "exporter/traffic/label_sets.h"

#include <algorithm>

namespace tocsin::traffic {

size_t LabelSets::KeyHash::operator()(const Key& key) const {
  constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;
  uint64_t hash = key.pool;
  for (const NameTable::Id value : key.values) hash = (hash ^ value) * kMultiplier;
  return static_cast<size_t>(hash ^ (hash >> 32U));
}

std::optional<LabelSets::Slot> LabelSets::Find(NameTable::Id pool, const parse::LogRecord& record) {
  key_.pool = pool;
  for (size_t i = 0; i < rules_.size(); ++i) wanted_[i] = rules_[i].Value(record, scratch_[i]);
  return FindKey();
}

std::optional<LabelSets::Slot> LabelSets::Find(NameTable::Id pool, std::span<const std::string_view> values) {
  key_.pool = pool;
  std::copy_n(values.begin(), rules_.size(), wanted_.begin());
  return FindKey();
}

std::optional<LabelSets::Slot> LabelSets::FindKey() {
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (!names_[i].Find(wanted_[i], key_.values[i])) return std::nullopt;
  }
  if (found_slot_ && found_ == key_) return found_slot_;
  const auto slot = slots_.find(key_);
  if (slot == slots_.end()) return std::nullopt;
  found_ = key_;
  found_slot_ = slot->second;
  return found_slot_;
}

LabelSets::Slot LabelSets::Add() {
  for (size_t i = 0; i < rules_.size(); ++i) key_.values[i] = names_[i].Add(wanted_[i]);
  return Insert(key_);
}

LabelSets::Slot LabelSets::Uniform(NameTable::Id pool, NameTable::Id value) {
  Key key;
  key.pool = pool;
  std::fill_n(key.values.begin(), rules_.size(), value);
  const auto slot = slots_.find(key);
  return slot == slots_.end() ? Insert(key) : slot->second;
}

LabelSets::Slot LabelSets::Insert(const Key& key) {
  Slot slot = 0;
  if (free_.empty()) {
    slot = static_cast<Slot>(keys_.size());
    keys_.push_back(key);
  } else {
    slot = free_.back();
    free_.pop_back();
    keys_[slot] = key;
  }
  slots_.emplace(key, slot);
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (uses_[i].size() <= key.values[i]) uses_[i].resize(key.values[i] + 1);
    ++uses_[i][key.values[i]];
  }
  return slot;
}

void LabelSets::Remove(Slot slot) {
  const Key key = keys_[slot];
  slots_.erase(key);
  free_.push_back(slot);
  found_slot_.reset();
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (--uses_[i][key.values[i]] == 0) names_[i].Remove(key.values[i]);
  }
}

void LabelSets::Values(Slot slot, std::vector<std::string_view>& values) const {
  values.clear();
  for (size_t i = 0; i < rules_.size(); ++i) values.emplace_back(names_[i].Name(keys_[slot].values[i]));
}

void LabelSets::AppendLabels(Slot slot, std::vector<Label>& labels) const {
  for (size_t i = 0; i < rules_.size(); ++i) {
    const std::string& value = names_[i].Name(keys_[slot].values[i]);
    if (!value.empty()) labels.emplace_back(rules_[i].name(), value);
  }
}

}  // namespace tocsin::traffic
