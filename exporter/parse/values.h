// The texts of a record to numbers and times. All of them read what nginx prints and are forgiving of nothing
// else; none allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "exporter/parse/scan.h"

namespace tocsin::parse {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }  ///< ASCII, whatever the locale

/// Three digits.
inline std::optional<int> ParseStatus(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  const auto digit = [&](size_t i) { return static_cast<uint32_t>(text[i]) - '0'; };
  const bool is_number = (static_cast<int>(digit(0) < 10) & static_cast<int>(digit(1) < 10) &
                          static_cast<int>(digit(2) < 10)) != 0;
  if (!is_number) return std::nullopt;
  return static_cast<int>(digit(0) * 100 + digit(1) * 10 + digit(2));
}

// The path of every line reads numbers by the first two of these: an optional would go through memory, to be
// waited for.

/// What stands for no number of microseconds.
inline constexpr int64_t kNoMicros = -1;

/// ReadMicros() of any text.
int64_t ReadAnyMicros(std::string_view seconds);

/// Seconds with a fraction ("0.023", "12") to microseconds; further digits are cut off. kNoMicros for
/// anything else, such as "-", and above some ten thousand years.
inline int64_t ReadMicros(std::string_view seconds) {
  constexpr size_t kSize = 5;  // nginx prints milliseconds, and most requests take less than ten seconds
  if (seconds.size() != kSize) return ReadAnyMicros(seconds);
  // ".023" in one word: the point and its digits, from the lowest byte up.
  const uint32_t whole = static_cast<uint32_t>(seconds[0]) - '0';
  const uint32_t fraction = LoadWord<uint32_t>(seconds.data() + 1) ^ 0x3030302EU;
  const uint32_t wrong = (fraction | (fraction + 0x76767600U)) & 0x808080FFU;
  if ((wrong | static_cast<uint32_t>(whole > 9)) != 0) return ReadAnyMicros(seconds);
  const uint32_t millis =
      ((fraction >> 8U) & 0xFFU) * 100 + ((fraction >> 16U) & 0xFFU) * 10 + (fraction >> 24U);
  return int64_t{whole * 1'000'000 + millis * 1000};
}
inline std::optional<int64_t> ParseMicros(std::string_view seconds) {
  const int64_t micros = ReadMicros(seconds);
  return micros == kNoMicros ? std::nullopt : std::optional(micros);
}

/// ReadCount() of any length.
bool ReadAnyCount(std::string_view text, uint64_t& count);

/// A whole number of bytes. False for anything else; `count` is void then.
inline bool ReadCount(std::string_view text, uint64_t& count) {
  // Of 4 to 8 digits, which most are, all at once: the text behind zeros in one word, and then neighbouring
  // digits, pairs and fours added up.
  const size_t size = text.size();
  if (size < 4 || size > 8) return ReadAnyCount(text, count);
  const uint64_t low = LoadWord<uint32_t>(text.data());
  const uint64_t high = LoadWord<uint32_t>(text.data() + size - 4);
  const uint64_t zeros = size == 8 ? 0 : 0x3030303030303030U >> (8 * size);
  const uint64_t word = ((low | high << (8 * (size - 4))) << (8 * (8 - size))) | zeros;
  const uint64_t digits = word ^ 0x3030303030303030U;
  const uint64_t pairs = (digits * 10 + (digits >> 8U)) & 0x00FF00FF00FF00FFU;
  const uint64_t fours = (pairs * 100 + (pairs >> 16U)) & 0x0000FFFF0000FFFFU;
  count = (fours * 10'000 + (fours >> 32U)) & 0xFFFFFFFFU;
  return ((digits | (digits + 0x7676767676767676U)) & 0x8080808080808080U) == 0;
}
inline std::optional<uint64_t> ParseCount(std::string_view text) {
  uint64_t count = 0;
  return ReadCount(text, count) ? std::optional(count) : std::nullopt;
}

/// nginx's times: $time_iso8601, $time_local ("30/Oct/2025:21:00:00 +0000") and $msec ("1761858000.123").
std::optional<Timestamp> ParseLogTime(std::string_view text);

/// ParseLogTime() for one time after the other: reads only the seconds of one that is in the minute before.
class LogTimeReader {
 public:
  /// `otherwise` when the text is no time.
  Timestamp Read(std::string_view text, Timestamp otherwise) {
    if (size_ == 0 || text.size() != size_) return ReadWhole(text, otherwise);
    const char* const seconds = text.data() + size_ - kFromSeconds;
    const uint32_t tens = static_cast<uint32_t>(seconds[0]) - '0';
    const uint32_t ones = static_cast<uint32_t>(seconds[1]) - '0';
    if (!IsInMinute(text.data()) || tens > 9 || ones > 9) return ReadWhole(text, otherwise);
    return began_ + Duration{(tens * 10 + ones) * 1000};
  }

 private:
  static constexpr size_t kMinBytes = 25;
  static constexpr size_t kMaxBytes = 26;
  static constexpr size_t kFromSeconds = 8;  ///< bytes of "00+00:00" and "00 +0000"

  /// Two loads cover the text; in the second the seconds are let pass, and the first ends before them.
  bool IsInMinute(const char* text) const {
    static_assert(kMinBytes - kFromSeconds >= 16);
    const __m128i seconds = _mm_set_epi64x(0xFFFF, 0);
    const size_t end = size_ - 16;
    const __m128i begins = _mm_cmpeq_epi8(Load16(text), Load16(minute_.data()));
    const __m128i ends = _mm_cmpeq_epi8(Load16(text + end), Load16(minute_.data() + end));
    return _mm_movemask_epi8(_mm_and_si128(begins, _mm_or_si128(ends, seconds))) == 0xFFFF;
  }

  Timestamp ReadWhole(std::string_view text, Timestamp otherwise);

  std::array<char, kMaxBytes> minute_{};  ///< the text that `began_` stands for
  size_t size_ = 0;
  Timestamp began_;
};

/// "GET" of "GET /x HTTP/1.1"; the whole text when there is no space in it.
inline std::string_view MethodOfRequest(std::string_view request) {
  return request.substr(0, request.find(' '));
}

/// Undoes the escape that `text` begins with (JSON's, or nginx's \xHH) onto `out`, as UTF-8, and says how
/// many bytes of `text` it took; 0 when it is neither. Never writes more bytes than it takes.
size_t Unescape(std::string_view text, std::string& out);

}  // namespace tocsin::parse
