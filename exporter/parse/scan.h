// Looking for bytes 16 at a time: what the parsers' speed rests on.
#pragma once

#include <algorithm>
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

template <typename Word>
Word LoadWord(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

/// A text of at most 32 bytes, to be compared with 32 bytes whatever its size.
class PaddedText {
 public:
  static constexpr size_t kBytes = 32;

  explicit PaddedText(std::string_view text) {
    others_.fill(static_cast<char>(0xFF));
    std::copy(text.begin(), text.end(), bytes_.begin());
    std::fill_n(others_.begin(), text.size(), '\0');
  }

  /// With zeros behind it.
  const char* data() const { return bytes_.data(); }
  /// All ones when the bytes at `at`, 32 of which can be read, begin with it.
  __m128i IsAt(const char* at) const { return _mm_and_si128(IsAt(at, 0), IsAt(at, 16)); }

 private:
  __m128i IsAt(const char* at, size_t from) const {
    return _mm_or_si128(_mm_cmpeq_epi8(Load16(at + from), Load16(bytes_.data() + from)),
                        Load16(others_.data() + from));
  }

  alignas(kBytes) std::array<char, kBytes> bytes_{};
  alignas(kBytes) std::array<char, kBytes> others_{};
};

/// Whether all of several pairs of texts are the same, of each pair in one size. Short ones are compared
/// without a call, a loop or a branch on what they say: two loads that may overlap cover each size up to 32.
class TextComparison {
 public:
  [[gnu::always_inline]] void Add(const char* a, const char* b, size_t size) {
    if (size >= 16) {
      if (size > 32) {
        differ_ |= static_cast<uint64_t>(std::memcmp(a, b, size) != 0);
        return;
      }
      same_ = _mm_and_si128(same_, _mm_cmpeq_epi8(Load16(a), Load16(b)));
      same_ = _mm_and_si128(same_, _mm_cmpeq_epi8(Load16(a + size - 16), Load16(b + size - 16)));
    } else if (size >= 8) {
      AddWords<uint64_t>(a, b, size);
    } else if (size >= 4) {
      AddWords<uint32_t>(a, b, size);
    } else if (size >= 2) {
      AddWords<uint16_t>(a, b, size);
    } else if (size == 1) {
      AddWords<uint8_t>(a, b, size);
    }
  }
  void Add(const char* a, const PaddedText& text) { same_ = _mm_and_si128(same_, text.IsAt(a)); }
  bool AllSame() const { return differ_ == 0 && _mm_movemask_epi8(same_) == 0xFFFF; }

 private:
  template <typename Word>
  [[gnu::always_inline]] void AddWords(const char* a, const char* b, size_t size) {
    const size_t last = size - sizeof(Word);
    differ_ |= static_cast<uint64_t>(LoadWord<Word>(a) ^ LoadWord<Word>(b));
    differ_ |= static_cast<uint64_t>(LoadWord<Word>(a + last) ^ LoadWord<Word>(b + last));
  }

  __m128i same_ = _mm_set1_epi8(-1);
  uint64_t differ_ = 0;
};

/// For short texts that are likely the same.
inline bool SameText(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  TextComparison comparison;
  comparison.Add(a.data(), b.data(), a.size());
  return comparison.AllSame();
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
