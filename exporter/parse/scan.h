// Looking for bytes 16 at a time: what the parsers' speed rests on.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <emmintrin.h>

namespace tocsin::parse {

inline __m128i Load16(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

/// One bit a byte: which of the 16 at `at` are `byte`.
inline uint32_t EqualMask(__m128i bytes, char byte) {
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte))));
}

/// The first '"' or '\\' in [at, end), or `end`. `begin` is the line's: bytes before `at` may be loaded too.
inline const char* FindQuoteOrBackslash(const char* begin, const char* at, const char* end) {
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = Load16(at);
    const uint32_t mask = EqualMask(bytes, '"') | EqualMask(bytes, '\\');
    if (mask != 0) return at + std::countr_zero(mask);
  }
  if (end - begin >= 16) {
    const __m128i bytes = Load16(end - 16);
    const uint32_t mask = (EqualMask(bytes, '"') | EqualMask(bytes, '\\')) >> (16 - (end - at));
    return mask != 0 ? at + std::countr_zero(mask) : end;
  }
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

/// The first `byte` in [at, end), or `end`; `begin` as above.
inline const char* FindByte(const char* begin, const char* at, const char* end, char byte) {
  for (; end - at >= 16; at += 16) {
    const uint32_t mask = EqualMask(Load16(at), byte);
    if (mask != 0) return at + std::countr_zero(mask);
  }
  if (end - begin >= 16) {
    const uint32_t mask = EqualMask(Load16(end - 16), byte) >> (16 - (end - at));
    return mask != 0 ? at + std::countr_zero(mask) : end;
  }
  while (at != end && *at != byte) ++at;
  return at;
}

/// A text of at most `kBytes` (a multiple of 16), compared in as many vector instructions as it has sixteens.
template <size_t kBytes>
class Token {
 public:
  static constexpr size_t kMaxBytes = kBytes;

  Token() = default;
  explicit Token(std::string_view text) : size_(static_cast<uint32_t>(text.size())) {
    std::memcpy(bytes_.data(), text.data(), text.size());
    for (size_t i = 0; i < text.size(); ++i) masks_[i / 16] |= uint32_t{1} << (i % 16);
  }

  size_t size() const { return size_; }
  std::string_view text() const { return {bytes_.data(), size_}; }

  /// Whether [at, end) begins with it; an empty token begins nothing.
  bool Matches(const char* at, const char* end) const {
    if (end - at < static_cast<ptrdiff_t>(kBytes)) {
      return size_ != 0 && static_cast<size_t>(end - at) >= size_ &&
             std::memcmp(at, bytes_.data(), size_) == 0;
    }
    uint32_t differ = 0;
    for (size_t i = 0; i < kBytes / 16; ++i) {
      const __m128i equal = _mm_cmpeq_epi8(Load16(at + 16 * i), Load16(bytes_.data() + 16 * i));
      differ |= masks_[i] & ~static_cast<uint32_t>(_mm_movemask_epi8(equal));
    }
    return size_ != 0 && differ == 0;
  }

 private:
  alignas(16) std::array<char, kBytes> bytes_{};
  std::array<uint32_t, kBytes / 16> masks_{};
  uint32_t size_ = 0;
};

}  // namespace tocsin::parse
