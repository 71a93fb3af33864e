#include "alerting/store/postings.h"

#include <algorithm>
#include <cstring>

namespace tocsin::store {

void Postings::Add(SeriesId id) {
  if (size_ == capacity_) Reserve(capacity_ + std::max(capacity_ / 2, kInline));
  SeriesId* end = data() + size_;
  SeriesId* place = size_ == 0 || end[-1] < id ? end : std::lower_bound(data(), end, id);
  if (place != end && *place == id) return;
  std::memmove(place + 1, place, static_cast<size_t>(end - place) * sizeof(SeriesId));
  *place = id;
  ++size_;
}

void Postings::Remove(std::span<const SeriesId> gone) {
  auto next = std::lower_bound(gone.begin(), gone.end(), size_ > 0 ? data()[0] : 0);
  SeriesId* end = std::remove_if(data(), data() + size_, [&](SeriesId id) {
    while (next != gone.end() && *next < id) ++next;
    return next != gone.end() && *next == id;
  });
  size_ = static_cast<uint32_t>(end - data());
  if (capacity_ > kInline && size_ < capacity_ / 2) Reserve(std::max(size_, kInline));
}

void Postings::Reserve(uint32_t capacity) {
  SeriesId* larger = capacity > kInline ? new SeriesId[capacity] : nullptr;
  SeriesId few[kInline];
  SeriesId* target = larger != nullptr ? larger : few;
  std::memcpy(target, data(), size_ * sizeof(SeriesId));
  Free();
  if (larger != nullptr) {
    heap_ = larger;
  } else {
    std::memcpy(inline_, few, sizeof(few));
  }
  capacity_ = capacity;
}

void Postings::Free() {
  if (capacity_ > kInline) delete[] heap_;
}

SeriesIds UniteDisjoint(const std::vector<std::span<const SeriesId>>& lists) {
  SeriesIds all;
  size_t total = 0;
  for (const auto& list : lists) total += list.size();
  all.reserve(total);
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  if (lists.size() > 1) std::sort(all.begin(), all.end());
  return all;
}

SeriesIds Intersect(std::span<const SeriesId> a, std::span<const SeriesId> b) {
  if (a.size() > b.size()) std::swap(a, b);
  SeriesIds both;
  both.reserve(a.size());
  const SeriesId* at = b.data();
  const SeriesId* const end = at + b.size();
  for (const SeriesId id : a) {
    // Doubling steps, then a binary search within the last: short jumps are the usual case.
    size_t step = 1;
    while (static_cast<size_t>(end - at) > step && at[step] < id) {
      at += step;
      step *= 2;
    }
    at = std::lower_bound(at, std::min(at + step + 1, end), id);
    if (at == end) break;
    if (*at == id) both.push_back(id);
  }
  return both;
}

}  // namespace tocsin::store
