// Label sets: what identifies a series, an alert, a target.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerting/model/text_pool.h"

namespace tocsin::model {

inline constexpr std::string_view kMetricName = "__name__";
inline constexpr std::string_view kAlertName = "alertname";

struct Label {
  std::string name;
  std::string value;
  friend auto operator<=>(const Label&, const Label&) = default;
};

/// One label of a set: views that are good for as long as the set.
struct LabelView {
  std::string_view name;
  std::string_view value;

  LabelView() = default;
  LabelView(std::string_view of_name, std::string_view of_value) : name(of_name), value(of_value) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a view of it, as string_view is of string
  LabelView(const Label& label) : name(label.name), value(label.value) {}
  explicit operator Label() const { return {std::string(name), std::string(value)}; }
  friend auto operator<=>(const LabelView&, const LabelView&) = default;
};

/// An immutable set of labels, sorted by name, each name once, no empty value (a missing label *is* an empty
/// one). It is one piece of memory: where each name and value begins, and the texts themselves, unless these
/// are in a pool, or in the set that this one is a part of. Copies share it: a copy costs one atomic
/// increment. Thread safe as any const value.
class Labels {
  struct Block;

 public:
  /// Walks LabelViews; good for as long as a set that shares the memory.
  class Iterator;

  Labels() = default;  ///< the empty set
  /// Sorts; of equal names the last wins; drops empty values.
  explicit Labels(std::vector<LabelView> labels);
  explicit Labels(const std::vector<Label>& labels);
  Labels(std::initializer_list<Label> labels);
  Labels(const Labels& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) Share(*block_);
  }
  Labels(Labels&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Labels& operator=(const Labels& other) noexcept {
    Labels copy(other);
    std::swap(block_, copy.block_);
    return *this;
  }
  Labels& operator=(Labels&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Labels() {
    if (block_ != nullptr) Release(*block_);
  }

  /// The same set with its texts in the pool, where those of many sets stand once; when the pool is full, as
  /// it was.
  Labels Pooled(TextPool& pool) const;
  /// The set without one label.
  Labels Without(std::string_view name) const;

  /// "" when absent.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const { return !Get(name).empty(); }
  std::string_view metric_name() const { return Get(kMetricName); }

  inline Iterator begin() const;
  inline Iterator end() const;
  inline LabelView operator[](size_t i) const;
  inline size_t size() const;
  bool empty() const { return block_ == nullptr; }

  /// Equal sets have equal hashes within one process; computed once, when made.
  inline uint64_t hash() const;
  /// FNV-1a 64 over name 0xff value 0xff, sorted: Prometheus' common/model LabelSet.Fingerprint, which names
  /// alerts in APIs and webhooks.
  uint64_t Fingerprint() const;

  /// `{a="1", b="2"}`, the metric name in front when there is one: `up{job="x"}`. As Prometheus prints.
  std::string ToString() const;

  /// Bytes of memory, without texts that are elsewhere.
  size_t memory() const;

  /// Whether label `i`, which both have, is the same. Quick for sets of one pool.
  static bool SameAt(const Labels& a, const Labels& b, size_t i);
  friend bool operator==(const Labels& a, const Labels& b) {
    return a.block_ == b.block_ || (a.hash() == b.hash() && Same(a, b));
  }
  /// By names and values in turn, as Prometheus' labels.Compare: what makes outputs deterministic.
  friend std::strong_ordering operator<=>(const Labels& a, const Labels& b);

 private:
  friend class LabelsBuilder;
  explicit Labels(const Block* block) : block_(block) {}
  static Labels Copy(std::span<const LabelView> sorted);
  static Labels Part(const Labels& whole, std::span<const LabelView> sorted);
  static inline void Share(const Block& block);
  static void Release(const Block& block);
  static void Free(const Block& block);
  static bool Same(const Labels& a, const Labels& b);

  const Block* block_ = nullptr;
};

/// What the sets that share it point to. Behind it stand the places of the texts, name and value in turn, and
/// then the texts, if they are its own.
struct Labels::Block {
  mutable std::atomic<uint32_t> owners{1};
  uint32_t size = 0;
  uint64_t hash = 0;
  uintptr_t holder = 0;  ///< of the texts: a pool, with the lowest bit set; another block; 0 is this one

  template <typename T>
  static T* Pointer(uintptr_t number) {
    return reinterpret_cast<T*>(number);  // NOLINT(performance-no-int-to-ptr): the bit saves a word a series
  }

  TextPool* pool() const { return (holder & 1) == 0 ? nullptr : Pointer<TextPool>(holder - 1); }
  const Block* whole() const { return (holder & 1) == 0 ? Pointer<const Block>(holder) : nullptr; }
  const TextPool::Place* places() const { return reinterpret_cast<const TextPool::Place*>(this + 1); }
  TextPool::Place* places() { return reinterpret_cast<TextPool::Place*>(this + 1); }
  /// What places count from.
  const char* base() const {
    const uintptr_t of = (holder & 1) == 0 && holder != 0 ? whole()->holder : holder;
    if (of != 0) return Pointer<const char>(of - 1);
    return reinterpret_cast<const char*>(holder == 0 ? this : whole());
  }
  void Borrow(const Block& from) {
    const Block& has = from.whole() == nullptr ? from : *from.whole();
    has.owners.fetch_add(1, std::memory_order_relaxed);
    holder = reinterpret_cast<uintptr_t>(&has);
  }
  LabelView At(size_t i) const {
    const char* const from = base();
    return {TextAt(from + places()[2 * i]), TextAt(from + places()[2 * i + 1])};
  }
};

class Labels::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = LabelView;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = LabelView;

  Iterator() = default;
  Iterator(const Block* block, size_t at) : block_(block), at_(at) {}
  LabelView operator*() const { return block_->At(at_); }
  Iterator& operator++() {
    ++at_;
    return *this;
  }
  Iterator operator++(int) { return {block_, at_++}; }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

 private:
  const Block* block_ = nullptr;
  size_t at_ = 0;
};

inline Labels::Iterator Labels::begin() const { return {block_, 0}; }
inline Labels::Iterator Labels::end() const { return {block_, size()}; }
inline LabelView Labels::operator[](size_t i) const { return block_->At(i); }
inline size_t Labels::size() const { return block_ == nullptr ? 0 : block_->size; }
inline uint64_t Labels::hash() const { return block_ == nullptr ? 0 : block_->hash; }
inline void Labels::Share(const Block& block) { block.owners.fetch_add(1, std::memory_order_relaxed); }

struct LabelsHash {
  size_t operator()(const Labels& labels) const { return static_cast<size_t>(labels.hash()); }
};

/// Changes a label set, then makes the new one. Cheap for the few labels that sets have: what comes from the
/// base is not copied. Moves, but does not copy.
class LabelsBuilder {
 public:
  LabelsBuilder() = default;
  explicit LabelsBuilder(Labels base);
  LabelsBuilder(LabelsBuilder&&) = default;
  LabelsBuilder& operator=(LabelsBuilder&&) = default;
  LabelsBuilder(const LabelsBuilder&) = delete;
  LabelsBuilder& operator=(const LabelsBuilder&) = delete;
  ~LabelsBuilder() = default;

  LabelsBuilder& Set(std::string_view name, std::string_view value);  ///< an empty value deletes
  LabelsBuilder& Delete(std::string_view name);
  LabelsBuilder& Keep(std::span<const std::string> names);
  std::string_view Get(std::string_view name) const;
  std::span<const LabelView> span() const { return labels_; }  ///< valid until the next change
  Labels Build() const;

 private:
  Labels base_;
  std::vector<LabelView> labels_;  // views of base_ and own_
  std::forward_list<std::string> own_;
};

/// [a-zA-Z_][a-zA-Z0-9_]*
bool IsClassicLabelName(std::string_view name);
/// [a-zA-Z_:][a-zA-Z0-9_:]*
bool IsClassicMetricName(std::string_view name);
/// Any non-empty valid UTF-8: what Prometheus 3 accepts for both.
bool IsUtf8Name(std::string_view name);

/// In double quotes, escaped as Go's strconv.Quote does.
std::string Quote(std::string_view text);

}  // namespace tocsin::model
