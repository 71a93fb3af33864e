#include "base/yaml/go_yaml.h"

#include <algorithm>
#include <cstdint>

namespace tocsin::yaml {
namespace {

void AppendUtf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr char32_t kLeads[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLeads[more] | (c >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

/// Half of a pair, or of a unit, becomes a byte that no UTF-8 has, for Parse() to refuse.
std::string FromUtf16(std::string_view text, bool big_endian) {
  const auto unit = [&](size_t i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const auto second = static_cast<unsigned char>(text[i + 1]);
    return static_cast<char32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::string out;
  out.reserve(text.size());
  size_t i = 2;
  for (; i + 1 < text.size(); i += 2) {
    const char32_t c = unit(i);
    if (c < 0xD800 || c > 0xDFFF) {
      AppendUtf8(c, out);
    } else if (const char32_t low = c < 0xDC00 && i + 3 < text.size() ? unit(i + 2) : 0;
               low >= 0xDC00 && low <= 0xDFFF) {
      AppendUtf8(0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00), out);
      i += 2;
    } else {
      out += '\xFF';
    }
  }
  if (i < text.size()) out += '\xFF';
  return out;
}

bool IsMark(std::string_view line) {
  return (line.starts_with("---") || line.starts_with("...")) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '\t');
}

}  // namespace

std::optional<int> LineOfSecondDocument(std::string_view text) {
  bool begun = false;
  std::optional<int> end;
  for (int number = 1; !text.empty(); ++number) {
    const size_t newline = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (IsMark(line)) {
      if (begun && !end) end = number;
      line.remove_prefix(3);
    } else if (line.starts_with('%')) {
      continue;
    }
    const size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') continue;
    if (end) return end;
    begun = true;
  }
  return std::nullopt;
}

std::string PlainText(std::string text) {
  if (text.starts_with("\xFF\xFE")) text = FromUtf16(text, false);
  if (text.starts_with("\xFE\xFF")) text = FromUtf16(text, true);
  for (size_t i = text.find('\r'); i != std::string::npos; i = text.find('\r', i + 1)) {
    if (i + 1 == text.size() || text[i + 1] != '\n') text[i] = '\n';
  }
  return text;
}

}  // namespace tocsin::yaml
