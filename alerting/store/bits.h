// Bits in a row, the most significant first: what compressed chunks are made of.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tocsin::store {

/// Appends to a string; the last byte is padded with zeros by Align().
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  /// The lowest `count` bits of `value`, 1 to 64 of them.
  void Put(uint64_t value, unsigned count) {
    if (count > 32) {
      PutFew(value >> 32, count - 32);
      count = 32;
    }
    PutFew(value, count);
  }

  void Align() {
    if (filled_ > 0) out_.push_back(static_cast<char>(pending_ << (8 - filled_)));
    pending_ = 0;
    filled_ = 0;
  }

 private:
  void PutFew(uint64_t value, unsigned count) {  // at most 32, so that with the 7 pending they fit
    pending_ = (pending_ << count) | (value & ((uint64_t{1} << count) - 1));
    filled_ += count;
    while (filled_ >= 8) {
      filled_ -= 8;
      out_.push_back(static_cast<char>(pending_ >> filled_));
    }
  }

  std::string& out_;
  uint64_t pending_ = 0;
  unsigned filled_ = 0;
};

/// Past the end it gives zeros and is not ok().
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return at_ <= bytes_.size() * 8; }

  /// The next bits, at the top of the word; at least 57 of them.
  uint64_t Peek() const {
    const size_t byte = at_ >> 3;
    uint64_t word = 0;
    if (byte + sizeof(word) <= bytes_.size()) {
      std::memcpy(&word, bytes_.data() + byte, sizeof(word));
    } else if (byte < bytes_.size()) {
      std::memcpy(&word, bytes_.data() + byte, bytes_.size() - byte);
    }
    return __builtin_bswap64(word) << (at_ & 7);
  }
  void Skip(unsigned count) { at_ += count; }

  /// 1 to 64 bits.
  uint64_t Take(unsigned count) {
    if (count > 32) {
      const uint64_t high = TakeFew(count - 32);
      return (high << 32) | TakeFew(32);
    }
    return TakeFew(count);
  }
  void Align() { at_ = (at_ + 7) & ~size_t{7}; }

 private:
  uint64_t TakeFew(unsigned count) {
    const uint64_t value = Peek() >> (64 - count);
    at_ += count;
    return value;
  }

  std::string_view bytes_;
  size_t at_ = 0;
};

}  // namespace tocsin::store
