#include "exporter/kernel/text.h"

#include <algorithm>
#include <charconv>

namespace tocsin::kernel {

namespace {

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }
constexpr bool IsOctal(char c) { return c >= '0' && c <= '7'; }

}  // namespace

bool NextLine(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return false;
  const size_t end = std::min(rest.find('\n'), rest.size());
  line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return true;
}

std::string_view NextWord(std::string_view& rest) {
  size_t begin = 0;
  while (begin < rest.size() && IsBlank(rest[begin])) ++begin;
  size_t end = begin;
  while (end < rest.size() && !IsBlank(rest[end])) ++end;
  const std::string_view word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

std::optional<uint64_t> ToNumber(std::string_view text) {
  uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<uint64_t> NextNumber(std::string_view& rest) { return ToNumber(NextWord(rest)); }

std::optional<uint64_t> OneNumber(std::string_view text) {
  std::string_view line;
  return NextLine(text, line) ? ToNumber(line) : std::nullopt;
}

std::string UnescapeOctal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 3 < text.size() && IsOctal(text[i + 1]) &&
                         IsOctal(text[i + 2]) && IsOctal(text[i + 3]);
    if (!escaped) {
      out += text[i];
      continue;
    }
    const int byte = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
    out += static_cast<char>(byte);
    i += 3;
  }
  return out;
}

Pressure ParsePressure(std::string_view text) {
  Pressure pressure;
  std::string_view line;
  while (NextLine(text, line)) {
    constexpr std::string_view kTotal = "total=";
    const std::string_view kind = NextWord(line);
    const size_t at = line.find(kTotal);
    if (at == std::string_view::npos) continue;
    std::string_view total = line.substr(at + kTotal.size());
    if (kind == "some") pressure.some = NextNumber(total);
    if (kind == "full") pressure.full = NextNumber(total);
  }
  return pressure;
}

}  // namespace tocsin::kernel
