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

namespace tocsin::parse {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }  ///< ASCII, whatever the locale

/// Three digits.
inline std::optional<int> ParseStatus(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  int status = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    status = status * 10 + (c - '0');
  }
  return status;
}

/// Seconds with a fraction ("0.023", "12") to microseconds; further digits are cut off. nullopt for anything
/// else, such as "-", and above some ten thousand years.
std::optional<int64_t> ParseMicros(std::string_view seconds);

/// ParseCount() for any length.
std::optional<uint64_t> ParseLongCount(std::string_view text);

/// A whole number of bytes.
inline std::optional<uint64_t> ParseCount(std::string_view text) {
  constexpr size_t kSafeDigits = 19;  // more might not fit
  if (text.empty() || text.size() > kSafeDigits) return ParseLongCount(text);
  uint64_t count = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + static_cast<uint64_t>(c - '0');
  }
  return count;
}

/// nginx's times: $time_iso8601, $time_local ("30/Oct/2025:21:00:00 +0000") and $msec ("1761858000.123").
std::optional<Timestamp> ParseLogTime(std::string_view text);

/// ParseLogTime() for one time after the other: reads only the seconds of one that is in the minute before.
class LogTimeReader {
 public:
  std::optional<Timestamp> Read(std::string_view text);

 private:
  static constexpr size_t kMaxBytes = 26;

  std::array<char, kMaxBytes> minute_{};  ///< the text that `began_` stands for
  size_t size_ = 0;
  size_t seconds_at_ = 0;
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
