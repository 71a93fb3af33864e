#include "alerting/store/label_order.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

namespace tocsin::store {
namespace {

// Below this many it is cheaper to compare them whole.
constexpr size_t kFew = 8;

struct Place {
  uint64_t key = 0;  ///< the first bytes of one label's value, in their order
  const model::Labels* labels = nullptr;
  uint32_t position = 0;
};

uint64_t FirstBytes(std::string_view text) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t bytes = 0;
  std::memcpy(&bytes, text.data(), std::min(text.size(), sizeof(bytes)));
  return __builtin_bswap64(bytes);
}

void SortWhole(std::span<Place> places) {
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return *a.labels < *b.labels; });
}

void SortFrom(std::span<Place> places, size_t at) {
  if (places.size() < kFew) return SortWhole(places);
  const auto all = [&](auto same) { return std::all_of(places.begin() + 1, places.end(), same); };
  const model::Labels& first = *places.front().labels;
  while (at < first.size() && all([&](const Place& one) {
           return at < one.labels->size() && model::Labels::SameAt(*one.labels, first, at);
         })) {
    ++at;
  }
  const bool comparable = at < first.size() && all([&](const Place& one) {
                            return at < one.labels->size() && (*one.labels)[at].name == first[at].name;
                          });
  if (!comparable) return SortWhole(places);
  for (Place& one : places) one.key = FirstBytes((*one.labels)[at].value);
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.key < b.key; });
  if (places.front().key == places.back().key) return SortWhole(places);  // they differ further behind
  for (size_t from = 0; from < places.size();) {
    size_t to = from + 1;
    while (to < places.size() && places[to].key == places[from].key) ++to;
    SortFrom(places.subspan(from, to - from), at);
    from = to;
  }
}

}  // namespace

std::vector<uint32_t> OrderByLabels(std::span<const model::Labels* const> sets) {
  std::vector<Place> places(sets.size());
  for (size_t i = 0; i < sets.size(); ++i) {
    places[i].labels = sets[i];
    places[i].position = static_cast<uint32_t>(i);
  }
  SortFrom(places, 0);
  std::vector<uint32_t> order(places.size());
  std::transform(places.begin(), places.end(), order.begin(), [](const Place& one) { return one.position; });
  return order;
}

}  // namespace tocsin::store
