// Ascending lists of series, and what is done with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tocsin::store {

/// A series' number in memory and in the files of one folder; 0 is none. Counts up and is never used again.
using SeriesId = uint32_t;

/// An ascending list that takes 16 bytes while it has at most two members: most label values of a large store
/// belong to one series.
class Postings {
 public:
  Postings() = default;
  Postings(Postings&& other) noexcept { Swap(other); }
  Postings& operator=(Postings&& other) noexcept {
    Swap(other);
    return *this;
  }
  Postings(const Postings&) = delete;
  Postings& operator=(const Postings&) = delete;
  ~Postings() { Free(); }

  std::span<const SeriesId> span() const { return {data(), size_}; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  /// `id` is usually greater than all before; inserted in its place when not.
  void Add(SeriesId id);
  /// Removes those that the ascending list names; gives memory back when little is left.
  void Remove(std::span<const SeriesId> gone);

  size_t memory() const { return capacity_ > kInline ? capacity_ * sizeof(SeriesId) : 0; }

 private:
  static constexpr uint32_t kInline = 2;
  const SeriesId* data() const { return capacity_ > kInline ? heap_ : inline_; }
  SeriesId* data() { return capacity_ > kInline ? heap_ : inline_; }
  void Swap(Postings& other) noexcept {
    std::swap(heap_, other.heap_);  // the larger member of the union carries both
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  void Reserve(uint32_t capacity);
  void Free();

  union {
    SeriesId* heap_ = nullptr;
    SeriesId inline_[kInline];
  };
  uint32_t size_ = 0;
  uint32_t capacity_ = kInline;
};

using SeriesIds = std::vector<SeriesId>;

/// What any of the lists has; no list shares a member with another.
SeriesIds UniteDisjoint(const std::vector<std::span<const SeriesId>>& lists);
/// Members of both; walks the shorter and gallops through the longer.
SeriesIds Intersect(std::span<const SeriesId> a, std::span<const SeriesId> b);

}  // namespace tocsin::store
