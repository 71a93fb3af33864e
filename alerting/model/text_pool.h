// Texts that many label sets share: each stands once, and a set refers to it by 32 bits.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::model {

/// A piece of address space that texts fill as they come. Thread safe; a text that somebody holds may be read
/// without a lock. It counts its owners (who made it, and each set of Labels that refers to it), and goes
/// with the last one.
class TextPool {
 public:
  /// Where a text stands, in bytes from base().
  using Place = uint32_t;

  struct Drop {
    void operator()(TextPool* pool) const { pool->DropOwner(); }
  };
  using Handle = std::unique_ptr<TextPool, Drop>;
  /// Null when the system gives no address space.
  static Handle Make();
  TextPool(const TextPool&) = delete;
  TextPool& operator=(const TextPool&) = delete;

  void AddOwner() { owners_.fetch_add(1, std::memory_order_relaxed); }
  void DropOwner();

  /// The place of a text, which is there until Give(); 0 when the pool is full.
  Place Take(std::string_view text);
  /// Once for each Take().
  void Give(Place place);

  /// A text is four bytes of length, then its own.
  const char* base() const { return reinterpret_cast<const char*>(this); }

  /// Bytes in use, those of the table included.
  size_t memory() const;

 private:
  TextPool();
  ~TextPool() = default;
  uint32_t Room(uint32_t bytes);
  size_t SlotOf(std::string_view text) const;
  void RemoveSlot(size_t slot);
  void Grow();
  char* at(Place place) { return reinterpret_cast<char*>(this) + place; }

  std::atomic<uint64_t> owners_{1};
  mutable std::mutex mutex_;  // guards what follows
  uint32_t used_;             // of the address space
  size_t count_ = 0;
  std::vector<Place> slots_;                               // open addressing, by the text's hash
  std::unordered_map<uint32_t, std::vector<Place>> free_;  // by their size
};

/// The text that begins at `at` with its length.
std::string_view TextAt(const char* at);

}  // namespace tocsin::model
