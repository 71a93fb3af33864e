#include "alerting/promql/parse/literals.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "alerting/model/labels.h"
#include "alerting/model/sample.h"

namespace tocsin::promql {
namespace {

constexpr uint32_t kMaxRune = 0x10ffff;

uint32_t DecodeRune(std::string_view text) {
  size_t length = RuneLength(text);
  auto lead = static_cast<unsigned char>(text[0]);
  if (length == 1) return lead < 0x80 ? lead : 0xfffd;
  uint32_t rune = lead & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) rune = (rune << 6) | (static_cast<unsigned char>(text[i]) & 0x3f);
  return rune;
}

uint32_t DigitValue(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint32_t>(c - 'A' + 10);
  return 16;
}

std::string NameRune(std::string_view text) {
  std::string name = fmt::format("U+{:04X}", DecodeRune(text));
  if (text[0] == '\\' || text[0] == '\'') return fmt::format("{} '{}'", name, text[0]);
  const std::string quoted = QuoteRune(text);
  return quoted.starts_with("'\\") ? name : name + " " + quoted;
}

/// Reads the escape after a backslash at `at`, which it moves behind it. The message of a fault, or "".
std::string ReadEscape(std::string_view text, size_t& at, char quote, std::string& out) {
  if (at >= text.size()) return "escape sequence not terminated";
  constexpr std::string_view kLetters = "abfnrtv\\";
  constexpr std::string_view kCodes = "\a\b\f\n\r\t\v\\";
  char c = text[at];
  if (c == quote) {
    out += c;
    ++at;
    return {};
  }
  if (size_t index = kLetters.find(c); index != std::string_view::npos) {
    out += kCodes[index];
    ++at;
    return {};
  }
  uint32_t base = c >= '0' && c <= '7' ? 8 : 16;
  int digits = base == 8 ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits == 0) return "unknown escape sequence " + NameRune(text.substr(at));
  uint32_t max = digits <= 3 ? 255 : kMaxRune;
  if (base == 16) ++at;
  uint64_t rune = 0;
  for (int i = 0; i < digits; ++i, ++at) {
    if (at >= text.size()) return "escape sequence not terminated";
    uint32_t digit = DigitValue(text[at]);
    if (digit >= base)
      return fmt::format("illegal character {} in escape sequence", NameRune(text.substr(at)));
    rune = rune * base + digit;
  }
  if (rune > max || (digits > 3 && rune >= 0xd800 && rune < 0xe000)) {
    return "escape sequence is an invalid Unicode code point";
  }
  if (digits <= 3)
    out += static_cast<char>(rune);  // a byte, not a rune
  else
    AppendUtf8(out, static_cast<uint32_t>(rune));
  return {};
}

/// Underscores must stand between digits, or between a base prefix and a digit.
bool UnderscoresAreBetweenDigits(std::string_view text) {
  bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  for (size_t i = hex ? 2 : 0; i < text.size(); ++i) {
    if (text[i] != '_') continue;
    auto digit = [&](size_t at) { return at < text.size() && DigitValue(text[at]) < (hex ? 16u : 10u); };
    bool after_prefix = hex && i == 2;
    if (!(after_prefix || (i > 0 && digit(i - 1))) || !digit(i + 1)) return false;
  }
  return true;
}

bool ParseInteger(std::string_view digits, int base, double& value) {
  int64_t integer = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), integer, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  value = static_cast<double>(integer);
  return true;
}

/// What is too small to be told from zero is zero; what is too large is `std::errc::result_out_of_range`.
std::errc ParseFloat(std::string_view text, double& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::errc::invalid_argument;
  if (error != std::errc::result_out_of_range) return error;
  value = std::strtod(std::string(text).c_str(), nullptr);
  return std::isinf(value) ? error : std::errc{};
}

}  // namespace

void AppendUtf8(std::string& out, uint32_t rune) {
  auto byte = [&](uint32_t value) { out += static_cast<char>(value); };
  if (rune < 0x80) return byte(rune);
  if (rune < 0x800) {
    byte(0xc0 | (rune >> 6));
    return byte(0x80 | (rune & 0x3f));
  }
  if (rune < 0x10000) {
    byte(0xe0 | (rune >> 12));
    byte(0x80 | ((rune >> 6) & 0x3f));
    return byte(0x80 | (rune & 0x3f));
  }
  byte(0xf0 | (rune >> 18));
  byte(0x80 | ((rune >> 12) & 0x3f));
  byte(0x80 | ((rune >> 6) & 0x3f));
  byte(0x80 | (rune & 0x3f));
}

size_t RuneLength(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  if (length > text.size() || lead > 0xf4) return 1;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
  }
  return length;
}

std::string QuoteRune(std::string_view text) {
  if (text.empty()) return "'\\x00'";
  size_t length = RuneLength(text);
  if (length == 1 && static_cast<unsigned char>(text[0]) >= 0x80) return "'\xef\xbf\xbd'";
  if (text[0] == '\'') return "'\\''";
  if (text[0] == '"') return "'\"'";
  std::string quoted = model::Quote(text.substr(0, length));
  return "'" + quoted.substr(1, quoted.size() - 2) + "'";
}

QuotedString ReadQuoted(std::string_view text) {
  QuotedString result;
  char quote = text[0];
  size_t at = 1;
  while (at < text.size() && text[at] != quote) {
    char c = text[at];
    if (quote != '`' && c == '\n') break;
    if (quote != '`' && c == '\\') {
      ++at;
      result.error = ReadEscape(text, at, quote, result.value);
      if (!result.error.empty()) return result;
      continue;
    }
    result.value += c;
    ++at;
  }
  if (at >= text.size() || text[at] != quote) {
    result.error = quote == '`' ? "unterminated raw string" : "unterminated quoted string";
    return result;
  }
  result.length = at + 1;
  return result;
}

Result<double> ParseNumber(const std::string& text) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "inf") return std::numeric_limits<double>::infinity();
  if (lower == "nan") return model::NormalNan();
  auto fail = [&](std::string_view why = "invalid syntax") {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("error parsing number: strconv.ParseFloat: parsing {}: {}", model::Quote(text), why));
  };
  if (!UnderscoresAreBetweenDigits(lower)) return fail();
  std::erase(lower, '_');
  double value = 0;
  if (lower.starts_with("0x")) {
    std::string_view digits = std::string_view(lower).substr(2);
    if (ParseInteger(digits, 16, value)) return value;
    return fail();
  }
  bool octal = lower.size() > 1 && lower[0] == '0' &&
               std::all_of(lower.begin(), lower.end(), [](char c) { return c >= '0' && c <= '7'; });
  if (octal && ParseInteger(lower, 8, value)) return value;
  if (ParseInteger(lower, 10, value)) return value;
  if (lower.find_first_of(".e") + 1 == lower.size() && lower.back() == '.') lower.pop_back();
  const std::errc fault = ParseFloat(lower, value);
  if (fault == std::errc{}) return value;
  return fault == std::errc::result_out_of_range ? fail("value out of range") : fail();
}

}  // namespace tocsin::promql
