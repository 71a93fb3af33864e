// From matchers to series: for each label pair, the ascending list of the series that have it (postings).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/matcher.h"
#include "alerting/store/paged_table.h"
#include "alerting/store/postings.h"

namespace tocsin::store {

/// Knows numbers and labels only, not samples. Guarded by its owner's lock.
class Index {
 public:
  Index();
  ~Index();
  Index(Index&&) noexcept;

  /// 0 when unknown.
  SeriesId Find(const model::Labels& labels) const;
  /// Neither the number nor the labels were added before.
  void Add(SeriesId id, const model::Labels& labels);
  /// Numbers that are unknown are passed over.
  void Remove(const SeriesIds& ids);

  /// Empty when there is no such series.
  const model::Labels& LabelsOf(SeriesId id) const;
  size_t size() const { return size_; }
  /// Label pairs that some series has.
  size_t label_pairs() const;

  /// The series that every matcher accepts, ascending. Exact.
  SeriesIds Select(const model::Matchers& matchers) const;
  /// Is another one whenever a series came or went that the matchers might accept: with an equality on the
  /// metric's name, one of that name.
  uint64_t StampOf(const model::Matchers& matchers) const;
  /// Every series, ascending.
  SeriesIds All() const;

  /// Bytes of memory.
  size_t memory() const;

 private:
  class Values;
  struct Slot;
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ByName = std::unordered_map<std::string, std::unique_ptr<Values>, TextHash, std::equal_to<>>;

  const Values* ValuesOf(std::string_view name) const;
  const Slot* SlotOf(const model::Matcher& matcher) const;
  SeriesIds UnionOfMatching(const model::Matcher& matcher) const;
  std::string_view TextOf(std::string_view name, const Postings& postings) const;
  void InsertSlot(SeriesId id, uint64_t hash);
  void GrowSlots();

  model::TextPool::Handle texts_;  ///< of all labels; null when there is no address space for it
  PagedTable<model::Labels> labels_;
  size_t label_bytes_ = 0;
  // Open addressing over the labels' hashes; a slot holds a series' number, so a set's labels stand in memory
  // once.
  std::vector<SeriesId> slots_;
  size_t size_ = 0;
  ByName names_;
  uint64_t changes_ = 0;
};

}  // namespace tocsin::store
