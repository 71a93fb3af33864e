#include "alerting/template/number.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace tocsin::templating {
namespace {

// strconv's 'g' with the shortest digits: an exponent below -4 or from 6 on, however many digits there are.
constexpr int kShortestExponentLimit = 6;

std::string WithCase(std::string text, char verb) {
  if (verb == 'E' || verb == 'G') {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

std::string ToChars(double value, std::chars_format format, int precision) {
  std::array<char, 1100> buffer;
  const auto end =
      precision < 0 ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format)
                    : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision);
  if (end.ec != std::errc()) return fmt::format("{:.{}f}", value, precision);
  return {buffer.data(), end.ptr};
}

std::string ShortestGeneral(double value) {
  std::string scientific = ToChars(value, std::chars_format::scientific, -1);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  if (exponent < -4 || exponent >= kShortestExponentLimit) return scientific;
  return ToChars(value, std::chars_format::fixed, -1);
}

void AppendEscaped(std::string& out, char32_t rune) {
  switch (rune) {
    case U'\a':
      out += "\\a";
      return;
    case U'\b':
      out += "\\b";
      return;
    case U'\f':
      out += "\\f";
      return;
    case U'\n':
      out += "\\n";
      return;
    case U'\r':
      out += "\\r";
      return;
    case U'\t':
      out += "\\t";
      return;
    case U'\v':
      out += "\\v";
      return;
    default:
      break;
  }
  if (rune < U' ' || rune == 0x7f) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned>(rune));
  } else if (rune < 0x10000) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(rune));
  } else {
    out += fmt::format("\\U{:08x}", static_cast<unsigned>(rune));
  }
}

int Digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

// Digits of `base` at `pos`; nullopt unless all `count` are there.
std::optional<uint32_t> ReadDigits(std::string_view body, size_t& pos, size_t count, uint32_t base) {
  if (pos + count > body.size()) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const int digit = Digit(body[pos++]);
    if (digit >= static_cast<int>(base)) return std::nullopt;
    value = value * base + static_cast<uint32_t>(digit);
  }
  return value;
}

bool AppendNumericEscape(std::string& out, std::string_view body, size_t& pos, char kind) {
  if (kind == 'x' || (kind >= '0' && kind <= '7')) {
    if (kind != 'x') --pos;
    const auto byte = kind == 'x' ? ReadDigits(body, pos, 2, 16) : ReadDigits(body, pos, 3, 8);
    if (!byte || *byte > 255) return false;
    out += static_cast<char>(*byte);
    return true;
  }
  const auto rune = ReadDigits(body, pos, kind == 'u' ? 4 : 8, 16);
  if (!rune || *rune > 0x10FFFF || (*rune >= 0xD800 && *rune < 0xE000)) return false;
  AppendRune(out, *rune);
  return true;
}

// `pos` stands behind the backslash.
bool AppendUnescaped(std::string& out, std::string_view body, size_t& pos, char quote) {
  if (pos >= body.size()) return false;
  const char kind = body[pos++];
  constexpr std::string_view kNames = "abfnrtv\\";
  constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\";
  if (const size_t found = kNames.find(kind); found != std::string_view::npos) {
    out += kBytes[found];
    return true;
  }
  if (kind == quote) {
    out += quote;
    return true;
  }
  if (kind == 'x' || kind == 'u' || kind == 'U' || (kind >= '0' && kind <= '7')) {
    return AppendNumericEscape(out, body, pos, kind);
  }
  return false;
}

// Go allows '_' between digits, and between a base's prefix and digits.
std::optional<std::string> WithoutUnderscores(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
      continue;
    }
    const auto is_digit = [&](size_t at) { return std::isxdigit(static_cast<unsigned char>(text[at])) != 0; };
    const bool after = i > 0 && (is_digit(i - 1) || (i == 2 && text[0] == '0' && !is_digit(1)));
    if (!after || i + 1 >= text.size() || !is_digit(i + 1)) return std::nullopt;
  }
  return out;
}

}  // namespace

std::string FormatFloat(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  switch (verb) {
    case 'e':
    case 'E':
      return WithCase(ToChars(value, std::chars_format::scientific, precision), verb);
    case 'f':
    case 'F':
      return ToChars(value, std::chars_format::fixed, precision);
    default:
      if (precision < 0) return WithCase(ShortestGeneral(value), verb);
      return WithCase(ToChars(value, std::chars_format::general, precision), verb);
  }
}

std::optional<double> ParseFloat(std::string_view text) {
  const auto clean = WithoutUnderscores(text);
  if (!clean || clean->empty()) return std::nullopt;
  std::string_view rest = *clean;
  const bool negative = rest.front() == '-';
  if (rest.front() == '+' || rest.front() == '-') rest.remove_prefix(1);
  if (rest.empty() || rest.front() == '+' || rest.front() == '-') return std::nullopt;
  const bool hex = rest.size() > 2 && rest[0] == '0' && (rest[1] == 'x' || rest[1] == 'X');
  if (hex) rest.remove_prefix(2);
  std::string lower(rest);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower.starts_with("nan(")) return std::nullopt;
  double value = 0;
  const auto end = std::from_chars(lower.data(), lower.data() + lower.size(), value,
                                   hex ? std::chars_format::hex : std::chars_format::general);
  if (end.ptr != lower.data() + lower.size() || end.ec != std::errc()) return std::nullopt;
  return negative ? -value : value;
}

std::optional<int64_t> ParseInt(std::string_view text) {
  const auto clean =
      WithoutUnderscores(text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text);
  if (!clean || clean->empty()) return std::nullopt;
  std::string_view digits = *clean;
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char kind = static_cast<char>(std::tolower(static_cast<unsigned char>(digits[1])));
    base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
    digits.remove_prefix(kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1);
  }
  uint64_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || digits.empty())
    return std::nullopt;
  const bool negative = text.front() == '-';
  const uint64_t limit = uint64_t{1} << 63;
  if (value > limit || (value == limit && !negative)) return std::nullopt;
  return negative ? static_cast<int64_t>(~value + 1) : static_cast<int64_t>(value);
}

char32_t DecodeRune(std::string_view text, size_t& pos) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(pos);
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xC2 && first < 0xE0 ? 2
                        : (first & 0xF0) == 0xE0        ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  if (length == 1) return text[pos++] & 0x7f;
  if (length == 0 || pos + length > text.size()) {
    ++pos;
    return 0xFFFD;
  }
  char32_t rune = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(pos + i) & 0xC0) != 0x80) {
      ++pos;
      return 0xFFFD;
    }
    rune = (rune << 6) | (byte(pos + i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (rune < kSmallest[length] || rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000)) {
    ++pos;
    return 0xFFFD;
  }
  pos += length;
  return rune;
}

void AppendRune(std::string& out, char32_t rune) {
  const auto add = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000)) rune = 0xFFFD;
  if (rune < 0x80) {
    add(rune);
  } else if (rune < 0x800) {
    add(0xC0 | (rune >> 6));
    add(0x80 | (rune & 0x3F));
  } else if (rune < 0x10000) {
    add(0xE0 | (rune >> 12));
    add(0x80 | ((rune >> 6) & 0x3F));
    add(0x80 | (rune & 0x3F));
  } else {
    add(0xF0 | (rune >> 18));
    add(0x80 | ((rune >> 12) & 0x3F));
    add(0x80 | ((rune >> 6) & 0x3F));
    add(0x80 | (rune & 0x3F));
  }
}

bool IsPrintRune(char32_t rune) {
  if (rune < 0x20 || (rune >= 0x7f && rune <= 0xa0) || rune == 0xad) return false;
  if (rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200f) || (rune >= 0x2028 && rune <= 0x202f))
    return false;
  if ((rune >= 0x205f && rune <= 0x206f) || rune == 0x3000 || rune == 0xfeff) return false;
  return (rune < 0xd800 || rune >= 0xf900) && (rune & 0xfffe) != 0xfffe && rune <= 0xe0000;
}

std::string QuoteGo(std::string_view text, bool ascii_only) {
  std::string out = "\"";
  for (size_t pos = 0; pos < text.size();) {
    const size_t start = pos;
    const char32_t rune = DecodeRune(text, pos);
    if (rune == 0xFFFD && pos - start == 1) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[start]));
    } else if (rune == U'"' || rune == U'\\') {
      out += '\\';
      out += static_cast<char>(rune);
    } else if (IsPrintRune(rune) && (rune < 0x80 || !ascii_only)) {
      out += text.substr(start, pos - start);
    } else {
      AppendEscaped(out, rune);
    }
  }
  return out + '"';
}

std::optional<std::string> UnquoteGo(std::string_view body, char quote) {
  std::string out;
  for (size_t pos = 0; pos < body.size();) {
    if (body[pos] != '\\') {
      if (body[pos] == quote || body[pos] == '\n') return std::nullopt;
      out += body[pos++];
      continue;
    }
    ++pos;
    if (!AppendUnescaped(out, body, pos, quote)) return std::nullopt;
  }
  return out;
}

}  // namespace tocsin::templating
