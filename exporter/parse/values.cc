#include "exporter/parse/values.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

namespace tocsin::parse {

namespace {

/// The number that `digits` characters at `at` spell; -1 when they don't.
int Digits(std::string_view text, size_t at, size_t digits) {
  if (text.size() < at + digits) return -1;
  int value = 0;
  for (const char c : text.substr(at, digits)) {
    if (!IsDigit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

int HexValue(std::string_view text, size_t at, size_t digits) {
  if (text.size() < at + digits) return -1;
  int value = 0;
  const auto parsed = std::from_chars(text.data() + at, text.data() + at + digits, value, 16);
  return parsed.ptr == text.data() + at + digits && text[at] != '-' ? value : -1;
}

/// "+0200", "+02:00" or "Z" to minutes east of Greenwich.
std::optional<int> ZoneMinutes(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int hours = Digits(text, 1, 2);
  const int minutes = Digits(text, text[3] == ':' ? 4 : 3, 2);
  if (hours < 0 || minutes < 0) return std::nullopt;
  const int east = hours * 60 + minutes;
  return text[0] == '-' ? -east : east;
}

struct Civil {
  int year, month, day, hour, minute, second;
};

std::optional<Timestamp> ToTimestamp(const Civil& t, int millis, std::string_view zone) {
  const std::chrono::year_month_day date{std::chrono::year(t.year),
                                         std::chrono::month(static_cast<unsigned>(t.month)),
                                         std::chrono::day(static_cast<unsigned>(t.day))};
  const std::optional<int> east = ZoneMinutes(zone);
  if (!date.ok() || !east || t.hour < 0 || t.minute < 0 || t.second < 0) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = ((days * 24 + t.hour) * 60 + t.minute - *east) * 60 + t.second;
  return Timestamp::FromMillis(seconds * 1000 + millis);
}

std::optional<Timestamp> ParseIso(std::string_view text) {
  const Civil t{Digits(text, 0, 4),  Digits(text, 5, 2),  Digits(text, 8, 2),
                Digits(text, 11, 2), Digits(text, 14, 2), Digits(text, 17, 2)};
  std::string_view rest = text.substr(19);
  int millis = 0;
  if (!rest.empty() && rest[0] == '.') {
    size_t digits = 1;
    for (int place = 100; digits < rest.size() && IsDigit(rest[digits]); ++digits, place /= 10) {
      millis += (rest[digits] - '0') * place;
    }
    rest.remove_prefix(digits);
  }
  return ToTimestamp(t, millis, rest);
}

std::optional<Timestamp> ParseLocal(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const size_t month = kMonths.find(text.substr(3, 3));
  if (month == std::string_view::npos || month % 3 != 0 || text[20] != ' ') return std::nullopt;
  const Civil t{Digits(text, 7, 4),  static_cast<int>(month / 3) + 1,
                Digits(text, 0, 2),  Digits(text, 12, 2),
                Digits(text, 15, 2), Digits(text, 18, 2)};
  return ToTimestamp(t, 0, text.substr(21));
}

void AppendUtf8(char32_t code, std::string& out) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// \uXXXX, with a second one when the first is half a character. A lonely half becomes U+FFFD.
size_t UnescapeUnicode(std::string_view text, std::string& out) {
  const int first = HexValue(text, 2, 4);
  if (first < 0) return 0;
  if (first < 0xD800 || first > 0xDFFF) {
    AppendUtf8(static_cast<char32_t>(first), out);
    return 6;
  }
  if (first < 0xDC00 && text.substr(6, 2) == "\\u") {
    const int second = HexValue(text, 8, 4);
    if (second >= 0xDC00 && second <= 0xDFFF) {
      AppendUtf8(static_cast<char32_t>(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)), out);
      return 12;
    }
  }
  AppendUtf8(0xFFFD, out);
  return 6;
}

}  // namespace

int64_t ReadAnyMicros(std::string_view seconds) {
  const char* at = seconds.data();
  const char* end = at + seconds.size();
  if (at == end || !IsDigit(*at) || seconds.size() > 18) return kNoMicros;
  int64_t micros = 0;
  const char* start = at;
  for (; at != end && IsDigit(*at); ++at) micros = micros * 10 + (*at - '0');
  if (at - start > 12) return kNoMicros;
  int scale = 6;
  if (at != end) {
    if (*at++ != '.') return kNoMicros;
    for (; at != end; ++at) {
      if (!IsDigit(*at)) return kNoMicros;
      if (scale == 0) continue;
      micros = micros * 10 + (*at - '0');
      --scale;
    }
  }
  static constexpr std::array<int64_t, 7> kPowers = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000};
  return micros * kPowers[static_cast<size_t>(scale)];
}

bool ReadAnyCount(std::string_view text, uint64_t& count) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

std::optional<Timestamp> ParseLogTime(std::string_view text) {
  if (text.size() >= 20 && text[4] == '-' && text[7] == '-') return ParseIso(text);
  if (text.size() >= 26 && text[2] == '/' && text[6] == '/') return ParseLocal(text);
  const std::optional<int64_t> micros = ParseMicros(text);
  if (!micros) return std::nullopt;
  return Timestamp::FromMillis(*micros / 1000);
}

Timestamp LogTimeReader::ReadWhole(std::string_view text, Timestamp otherwise) {
  const std::optional<Timestamp> time = ParseLogTime(text);
  size_ = 0;
  if (time && text.size() >= kMinBytes && text.size() <= kMaxBytes &&
      text[text.size() - kFromSeconds - 1] == ':') {
    size_ = text.size();
    std::memcpy(minute_.data(), text.data(), size_);
    began_ = *time - Duration{Digits(text, size_ - kFromSeconds, 2) * 1000};
  }
  return time.value_or(otherwise);
}

size_t Unescape(std::string_view text, std::string& out) {
  if (text.size() < 2) return 0;
  switch (text[1]) {
    case '"':
    case '\\':
    case '/':
      out += text[1];
      return 2;
    case 'b':
      out += '\b';
      return 2;
    case 'f':
      out += '\f';
      return 2;
    case 'n':
      out += '\n';
      return 2;
    case 'r':
      out += '\r';
      return 2;
    case 't':
      out += '\t';
      return 2;
    case 'x': {
      const int byte = HexValue(text, 2, 2);
      if (byte < 0) return 0;
      out += static_cast<char>(static_cast<unsigned char>(byte));
      return 4;
    }
    case 'u':
      return UnescapeUnicode(text, out);
    default:
      return 0;
  }
}

}  // namespace tocsin::parse
