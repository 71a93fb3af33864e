// In memory a text is: the number of its users (4 bytes), its length (4), itself, filled up to 8. A place is
// that of the length, so that texts of a pool read as those of a set that carries its own.
#include "alerting/model/text_pool.h"

#include <cstring>
#include <functional>
#include <limits>
#include <new>
#include <utility>

#include <sys/mman.h>

namespace tocsin::model {
namespace {

// Reserved only: a page takes memory once a text stands on it.
constexpr size_t kReserved = size_t{4} << 30;
constexpr uint32_t kCount = sizeof(uint32_t);
constexpr uint32_t kHead = 2 * sizeof(uint32_t);
constexpr uint32_t kAlign = 8;
constexpr size_t kFewestSlots = 64;

uint32_t Load(const char* at) {
  uint32_t number = 0;
  std::memcpy(&number, at, sizeof(number));
  return number;
}

void Store(char* at, uint32_t number) { std::memcpy(at, &number, sizeof(number)); }

uint32_t SizeOf(size_t text) { return (static_cast<uint32_t>(text) + kHead + kAlign - 1) / kAlign * kAlign; }

size_t HashOfText(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

std::string_view TextAt(const char* at) { return {at + sizeof(uint32_t), Load(at)}; }

TextPool::Handle TextPool::Make() {
  void* space =
      ::mmap(nullptr, kReserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) return nullptr;
  (void)::madvise(space, kReserved, MADV_NOHUGEPAGE);
  return Handle(new (space) TextPool());
}

TextPool::TextPool() : used_(SizeOf(sizeof(TextPool))), slots_(kFewestSlots) {}

void TextPool::DropOwner() {
  if (owners_.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  this->~TextPool();
  ::munmap(static_cast<void*>(this), kReserved);
}

/// The slot that has the text, or the free one where it belongs.
size_t TextPool::SlotOf(std::string_view text) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = HashOfText(text) & mask;
  while (slots_[slot] != 0 && TextAt(base() + slots_[slot]) != text) slot = (slot + 1) & mask;
  return slot;
}

void TextPool::Grow() {
  std::vector<Place> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Place place : old) {
    if (place != 0) slots_[SlotOf(TextAt(base() + place))] = place;
  }
}

/// 0 when there is none.
uint32_t TextPool::Room(uint32_t bytes) {
  if (auto found = free_.find(bytes); found != free_.end()) {
    const uint32_t room = found->second.back();
    found->second.pop_back();
    if (found->second.empty()) free_.erase(found);
    return room;
  }
  if (bytes >= kReserved - used_) return 0;
  return std::exchange(used_, used_ + bytes);
}

TextPool::Place TextPool::Take(std::string_view text) {
  if (text.size() > std::numeric_limits<uint32_t>::max() / 2) return 0;
  const std::lock_guard lock(mutex_);
  size_t slot = SlotOf(text);
  if (const Place known = slots_[slot]; known != 0) {
    char* users = at(known - kCount);
    if (Load(users) == std::numeric_limits<uint32_t>::max()) return 0;
    Store(users, Load(users) + 1);
    return known;
  }
  const uint32_t room = Room(SizeOf(text.size()));
  if (room == 0) return 0;
  Store(at(room), 1);
  Store(at(room + kCount), static_cast<uint32_t>(text.size()));
  std::memcpy(at(room + kHead), text.data(), text.size());
  slots_[slot] = room + kCount;
  if (++count_ * 4 > slots_.size() * 3) Grow();
  return room + kCount;
}

void TextPool::Give(Place place) {
  const std::lock_guard lock(mutex_);
  char* users = at(place - kCount);
  const uint32_t left = Load(users) - 1;
  Store(users, left);
  if (left > 0) return;
  const std::string_view text = TextAt(base() + place);
  RemoveSlot(SlotOf(text));
  --count_;
  free_[SizeOf(text.size())].push_back(place - kCount);
}

/// What stands behind moves up where a search would else end at the hole before it.
void TextPool::RemoveSlot(size_t slot) {
  const size_t mask = slots_.size() - 1;
  size_t hole = slot;
  for (size_t next = (hole + 1) & mask; slots_[next] != 0; next = (next + 1) & mask) {
    const size_t wanted = HashOfText(TextAt(base() + slots_[next])) & mask;
    if (((next - wanted) & mask) < ((next - hole) & mask)) continue;
    slots_[hole] = slots_[next];
    hole = next;
  }
  slots_[hole] = 0;
}

size_t TextPool::memory() const {
  const std::lock_guard lock(mutex_);
  return used_ + slots_.capacity() * sizeof(Place);
}

}  // namespace tocsin::model
