// Combinations of a pool and the values of the user's labels, to small dense numbers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exporter/parse/log_record.h"
#include "exporter/traffic/label_rule.h"
#include "exporter/traffic/name_table.h"

namespace tocsin::traffic {

/// Each set has a slot; slots of sets that were removed are used again. Looking up a set that is known
/// allocates nothing.
class LabelSets {
 public:
  using Slot = uint32_t;
  using Label = std::pair<std::string_view, std::string_view>;
  static constexpr size_t kMostRules = 8;

  /// At most kMostRules.
  explicit LabelSets(std::vector<LabelRule> rules)
      : rules_(std::move(rules)), names_(rules_.size()), uses_(rules_.size()) {}

  /// The set that a record belongs to; nullopt when it has not been added.
  std::optional<Slot> Find(NameTable::Id pool, const parse::LogRecord& record);
  /// The set of these values, one for each rule.
  std::optional<Slot> Find(NameTable::Id pool, std::span<const std::string_view> values);
  /// Adds the set that Find() missed the last time.
  Slot Add();
  /// The set of a pool in which no label has a value; added when it was not there.
  Slot Base(NameTable::Id pool) { return Uniform(pool, NameTable::kAbsent); }
  /// The set of a pool in which all labels are "other".
  Slot Overflow(NameTable::Id pool) { return Uniform(pool, NameTable::kOther); }
  void Remove(Slot slot);

  NameTable::Id PoolOf(Slot slot) const { return keys_[slot].pool; }
  /// In the order of the rules; "" where there is no such label.
  void Values(Slot slot, std::vector<std::string_view>& values) const;
  /// Adds the labels that have a value.
  void AppendLabels(Slot slot, std::vector<Label>& labels) const;
  const std::vector<LabelRule>& rules() const { return rules_; }

 private:
  struct Key {
    NameTable::Id pool = NameTable::kAbsent;
    std::array<NameTable::Id, kMostRules> values{};
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };

  std::optional<Slot> FindKey();
  Slot Uniform(NameTable::Id pool, NameTable::Id value);
  Slot Insert(const Key& key);

  std::vector<LabelRule> rules_;
  std::vector<NameTable> names_;             ///< of values, by rule
  std::vector<std::vector<uint32_t>> uses_;  ///< by rule and value: sets that have it
  std::vector<Key> keys_;                    ///< by slot
  std::vector<Slot> free_;
  std::unordered_map<Key, Slot, KeyHash> slots_;
  // The set that was looked for last:
  Key key_;
  std::array<std::string_view, kMostRules> wanted_;
  std::array<std::string, kMostRules> scratch_;
  // The set that was found last:
  Key found_;
  std::optional<Slot> found_slot_;
};

}  // namespace tocsin::traffic
