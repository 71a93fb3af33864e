// Numbers as bytes, for the write-ahead log and the segment files: little-endian, or as varints of seven bits
// a byte. A Reader never leaves its text: past the end, or after a malformed number, it is not ok() and gives
// zeros, so that whoever reads a damaged file asks once, at the end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tocsin::store {

static_assert(std::endian::native == std::endian::little, "files are written as memory has them");

template <typename T>
void PutFixed(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

inline void PutVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

/// a - b without overflow: what was added wraps back.
inline int64_t Difference(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
inline int64_t Sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

inline void PutText(std::string& out, std::string_view text) {
  PutVarint(out, text.size());
  out.append(text);
}

/// Over bytes that outlive it.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  template <typename T>
  T Fixed() {
    T value{};
    if (left() < sizeof(T)) return Bad(value);
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return Bad(uint64_t{0});
      const auto byte = static_cast<unsigned char>(*at_++);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Bad(uint64_t{0});
  }
  int64_t Signed() { return UnZigZag(Varint()); }

  std::string_view Bytes(uint64_t size) {
    if (size > left()) return Bad(std::string_view());
    std::string_view bytes(at_, static_cast<size_t>(size));
    at_ += size;
    return bytes;
  }
  std::string_view Text() { return Bytes(Varint()); }

 private:
  template <typename T>
  T Bad(T zero) {
    ok_ = false;
    at_ = end_;
    return zero;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace tocsin::store
