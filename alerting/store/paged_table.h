// Items by a number that only grows: dense pages, so that a look-up is two loads, and a page whose items are
// all gone gives its memory back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tocsin::store {

/// Guarded by its owner's lock; a View may be used without it, for what in T may be read so. Numbers begin
/// with 1 and are not used again once dropped.
template <typename T>
class PagedTable {
  static constexpr size_t kPageSize = 512;
  struct Page {
    std::array<T, kPageSize> items{};
    size_t used = 0;
  };
  using Pages = std::vector<std::shared_ptr<Page>>;

 public:
  /// The table at a moment; keeps its pages alive. Items made later may be missing, dropped ones be there.
  class View {
   public:
    View() = default;
    const T* Find(uint64_t number) const { return pages_ ? PagedTable::FindIn(*pages_, number) : nullptr; }

   private:
    friend class PagedTable;
    explicit View(std::shared_ptr<const Pages> pages) : pages_(std::move(pages)) {}
    std::shared_ptr<const Pages> pages_;
  };

  PagedTable() : pages_(std::make_shared<Pages>()) {}

  View view() const { return View(pages_); }
  /// nullptr where there is no page; else perhaps an item that nobody made.
  T* Find(uint64_t number) { return FindIn(*pages_, number); }
  const T* Find(uint64_t number) const { return FindIn(*pages_, number); }

  T& Make(uint64_t number) {
    const size_t page = number / kPageSize;
    if (page >= pages_->size() || !(*pages_)[page]) {
      auto changed = std::make_shared<Pages>(*pages_);  // views go on with the old one
      if (page >= changed->size()) changed->resize(page + 1);
      (*changed)[page] = std::make_shared<Page>();
      pages_ = std::move(changed);
    }
    ++(*pages_)[page]->used;
    return (*pages_)[page]->items[number % kPageSize];
  }

  void Drop(uint64_t number) {
    const size_t page = number / kPageSize;
    if (--(*pages_)[page]->used > 0) return;
    auto changed = std::make_shared<Pages>(*pages_);
    (*changed)[page].reset();
    pages_ = std::move(changed);
  }

  /// One more than the greatest number that may have an item.
  uint64_t end() const { return pages_->size() * kPageSize; }
  /// The first number from `number` on whose page is there.
  uint64_t NextUsed(uint64_t number) const {
    size_t page = number / kPageSize;
    if (page >= pages_->size() || (*pages_)[page]) return number;
    while (page < pages_->size() && !(*pages_)[page]) ++page;
    return page * kPageSize;
  }

 private:
  static T* FindIn(const Pages& pages, uint64_t number) {
    const size_t page = number / kPageSize;
    if (page >= pages.size() || !pages[page]) return nullptr;
    return &pages[page]->items[number % kPageSize];
  }

  std::shared_ptr<Pages> pages_;
};

}  // namespace tocsin::store
