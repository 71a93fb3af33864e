// Selection narrows by what is cheap first: equality matchers intersect their lists, the shortest first; a
// matcher that rejects the empty value then keeps, of many candidates, those in the lists of the values that
// it accepts; whatever is left is asked of each candidate.
//
// A label's values are a table without their texts: a value's text is that of its first series.
#include "alerting/store/index.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "alerting/model/simple_pattern.h"

namespace tocsin::store {
namespace {

// Below this many candidates it is cheaper to ask each one than to walk a label's values.
constexpr size_t kFewCandidates = 256;
constexpr size_t kFewestSlots = 16;

uint32_t HashOfValue(std::string_view value) {
  const uint64_t hash = std::hash<std::string_view>()(value);
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

/// A label's value, and the series that have it.
struct Index::Slot {
  uint32_t hash = 0;
  uint32_t changed = 0;  ///< the lower half of changes_ when the list last changed
  Postings postings;     ///< empty: a free slot
};

/// The values of one label name: open addressing, at most three quarters full.
class Index::Values {
 public:
  /// `text_of` gives a slot's value.
  template <typename TextOf>
  const Slot* Find(std::string_view value, TextOf text_of) const {
    if (slots_.empty()) return nullptr;
    const uint32_t hash = HashOfValue(value);
    for (size_t i = hash & mask(); !slots_[i].postings.empty(); i = (i + 1) & mask()) {
      if (slots_[i].hash == hash && text_of(slots_[i].postings) == value) return &slots_[i];
    }
    return nullptr;
  }

  template <typename TextOf>
  void Add(std::string_view value, SeriesId id, uint32_t change, TextOf text_of) {
    if (Slot* known = const_cast<Slot*>(Find(value, text_of))) {
      known->changed = change;
      known->postings.Add(id);
      return;
    }
    if ((used_ + 1) * 4 > slots_.size() * 3) Rebuild(std::max(kFewestSlots, slots_.size() * 2));
    Slot slot;
    slot.hash = HashOfValue(value);
    slot.changed = change;
    slot.postings.Add(id);
    Place(std::move(slot));
    ++used_;
  }

  /// Forgets slots that have become empty.
  void Sweep() {
    const size_t full = static_cast<size_t>(
        std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.postings.empty(); }));
    if (full == used_) return;
    used_ = full;
    size_t room = kFewestSlots;
    while (used_ * 4 > room * 3) room *= 2;
    Rebuild(std::min(room, slots_.size()));
  }

  size_t size() const { return used_; }
  const std::vector<Slot>& slots() const { return slots_; }

 private:
  size_t mask() const { return slots_.size() - 1; }
  void Place(Slot slot) {
    size_t i = slot.hash & mask();
    while (!slots_[i].postings.empty()) i = (i + 1) & mask();
    slots_[i] = std::move(slot);
  }
  void Rebuild(size_t room) {
    std::vector<Slot> old(room);
    old.swap(slots_);
    for (Slot& slot : old) {
      if (!slot.postings.empty()) Place(std::move(slot));
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

Index::Index() : texts_(model::TextPool::Make()) {}
Index::~Index() = default;
Index::Index(Index&&) noexcept = default;

SeriesId Index::Find(const model::Labels& labels) const {
  if (slots_.empty()) return 0;
  const size_t mask = slots_.size() - 1;
  for (size_t i = labels.hash() & mask; slots_[i] != 0; i = (i + 1) & mask) {
    if (*labels_.Find(slots_[i]) == labels) return slots_[i];
  }
  return 0;
}

void Index::Add(SeriesId id, const model::Labels& labels) {
  const model::Labels& kept = labels_.Make(id) = texts_ ? labels.Pooled(*texts_) : labels;
  label_bytes_ += kept.memory();
  if ((size_ + 1) * 8 > slots_.size() * 7) GrowSlots();
  InsertSlot(id, labels.hash());
  ++size_;
  ++changes_;
  for (const model::LabelView label : kept) {
    std::unique_ptr<Values>& values = names_[std::string(label.name)];
    if (!values) values = std::make_unique<Values>();
    values->Add(label.value, id, static_cast<uint32_t>(changes_),
                [&](const Postings& list) { return TextOf(label.name, list); });
  }
}

void Index::InsertSlot(SeriesId id, uint64_t hash) {
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  while (slots_[i] != 0) i = (i + 1) & mask;
  slots_[i] = id;
}

void Index::GrowSlots() {
  std::vector<SeriesId> old(std::max(kFewestSlots, slots_.size() * 2));
  old.swap(slots_);
  for (const SeriesId id : old) {
    if (id != 0) InsertSlot(id, labels_.Find(id)->hash());
  }
}

void Index::Remove(const SeriesIds& ids) {
  SeriesIds known;
  std::map<Values*, std::set<Slot*>> touched;
  ++changes_;
  for (const SeriesId id : ids) {
    const model::Labels& labels = LabelsOf(id);
    if (labels.empty()) continue;
    known.push_back(id);
    for (const model::LabelView label : labels) {
      Values& values = *names_.find(label.name)->second;
      const Slot* slot = values.Find(label.value, [&](const Postings& of) { return TextOf(label.name, of); });
      touched[&values].insert(const_cast<Slot*>(slot));
    }
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (auto& [values, slots] : touched) {
    for (Slot* slot : slots) {
      slot->postings.Remove(known);
      slot->changed = static_cast<uint32_t>(changes_);
    }
    values->Sweep();
  }
  std::erase_if(names_, [](const auto& name) { return name.second->size() == 0; });
  for (const SeriesId id : known) {
    label_bytes_ -= labels_.Find(id)->memory();
    *labels_.Find(id) = model::Labels();
    labels_.Drop(id);
  }
  size_ -= known.size();
  // The slots anew, of those that are left: open addressing knows no holes.
  std::vector<SeriesId> old(slots_.size());
  old.swap(slots_);
  for (const SeriesId id : old) {
    if (id != 0 && !LabelsOf(id).empty()) InsertSlot(id, labels_.Find(id)->hash());
  }
}

const model::Labels& Index::LabelsOf(SeriesId id) const {
  static const model::Labels kNone;
  const model::Labels* labels = labels_.Find(id);
  return labels == nullptr ? kNone : *labels;
}

size_t Index::label_pairs() const {
  size_t pairs = 0;
  for (const auto& [name, values] : names_) pairs += values->size();
  return pairs;
}

std::string_view Index::TextOf(std::string_view name, const Postings& postings) const {
  return labels_.Find(postings.span().front())->Get(name);
}

const Index::Values* Index::ValuesOf(std::string_view name) const {
  auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second.get();
}

SeriesIds Index::UnionOfMatching(const model::Matcher& matcher) const {
  const Values* values = ValuesOf(matcher.name());
  if (values == nullptr) return {};
  auto text_of = [&](const Postings& list) { return TextOf(matcher.name(), list); };
  std::vector<std::span<const SeriesId>> lists;
  if (matcher.op() == model::MatchOp::kRegex) {
    const auto pattern = model::SimplePattern::Parse(matcher.value());
    if (pattern && pattern->literals() != nullptr) {
      for (const std::string& value : *pattern->literals()) {
        if (const Slot* slot = values->Find(value, text_of)) lists.push_back(slot->postings.span());
      }
      return UniteDisjoint(lists);
    }
  }
  for (const Slot& slot : values->slots()) {
    if (!slot.postings.empty() && matcher.Matches(text_of(slot.postings))) {
      lists.push_back(slot.postings.span());
    }
  }
  return UniteDisjoint(lists);
}

/// Of an equality; null when no series has the value.
const Index::Slot* Index::SlotOf(const model::Matcher& matcher) const {
  const Values* values = ValuesOf(matcher.name());
  if (values == nullptr) return nullptr;
  return values->Find(matcher.value(),
                      [&](const Postings& postings) { return TextOf(matcher.name(), postings); });
}

uint64_t Index::StampOf(const model::Matchers& matchers) const {
  for (const model::Matcher& matcher : matchers) {
    if (matcher.op() != model::MatchOp::kEqual || matcher.value().empty()) continue;
    if (matcher.name() != model::kMetricName) continue;
    const Slot* slot = SlotOf(matcher);
    return slot == nullptr ? 0 : (changes_ >> 32 << 32) | slot->changed;
  }
  return changes_;
}

SeriesIds Index::Select(const model::Matchers& matchers) const {
  std::vector<std::span<const SeriesId>> exact;
  std::vector<const model::Matcher*> rest;
  for (const model::Matcher& matcher : matchers) {
    if (matcher.op() != model::MatchOp::kEqual || matcher.value().empty()) {
      rest.push_back(&matcher);
      continue;
    }
    const Slot* slot = SlotOf(matcher);
    if (slot == nullptr) return {};
    exact.push_back(slot->postings.span());
  }
  std::sort(exact.begin(), exact.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  SeriesIds candidates;
  bool all = exact.empty();  // nothing has narrowed them yet
  for (size_t i = 0; i < exact.size(); ++i) {
    candidates = i == 0 ? SeriesIds(exact[0].begin(), exact[0].end()) : Intersect(candidates, exact[i]);
  }
  std::vector<const model::Matcher*> to_ask;
  for (const model::Matcher* matcher : rest) {
    const bool many = all || candidates.size() > kFewCandidates;
    if (!many || matcher->Matches("")) {
      to_ask.push_back(matcher);
      continue;
    }
    SeriesIds accepted = UnionOfMatching(*matcher);
    candidates = all ? std::move(accepted) : Intersect(candidates, accepted);
    all = false;
  }
  if (all) candidates = All();
  std::erase_if(candidates, [&](SeriesId id) {
    const model::Labels& labels = *labels_.Find(id);
    return std::any_of(to_ask.begin(), to_ask.end(),
                       [&](const model::Matcher* matcher) { return !matcher->Matches(labels); });
  });
  return candidates;
}

SeriesIds Index::All() const {
  SeriesIds ids;
  ids.reserve(size_);
  for (const SeriesId id : slots_) {
    if (id != 0) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

size_t Index::memory() const {
  size_t bytes = slots_.capacity() * sizeof(SeriesId) + labels_.end() * sizeof(model::Labels) + label_bytes_;
  if (texts_) bytes += texts_->memory();
  for (const auto& [name, values] : names_) {
    bytes += name.capacity() + sizeof(Values) + values->slots().capacity() * sizeof(Slot);
    for (const Slot& slot : values->slots()) bytes += slot.postings.memory();
  }
  return bytes;
}

}  // namespace tocsin::store
