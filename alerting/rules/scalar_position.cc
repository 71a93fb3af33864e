// Folding, indentation and line breaks change only white space. So the n-th visible character of the value is
// the n-th visible character of the scalar as it is written, which is found by counting both along.
#include "alerting/rules/scalar_position.h"

#include <algorithm>

namespace tocsin::rules {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// The offset of a line and column; the text's size when it ends before.
size_t OffsetOf(std::string_view text, int line, int column) {
  size_t offset = 0;
  for (int i = 1; i < line; ++i) {
    const size_t newline = text.find('\n', offset);
    if (newline == std::string_view::npos) return text.size();
    offset = newline + 1;
  }
  return std::min(offset + static_cast<size_t>(std::max(column, 1) - 1), text.size());
}

Position At(std::string_view text, size_t offset, const std::string& source) {
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  const size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  return {source, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(offset - start) + 1};
}

// Behind one character of the value at `pos`; `visible` tells whether it is one. Escapes of white space are
// none.
size_t Skip(std::string_view text, size_t pos, char quote, bool& visible) {
  visible = !IsSpace(text[pos]);
  if (quote == '\'' && text.substr(pos).starts_with("''")) return pos + 2;
  if (quote != '"' || text[pos] != '\\' || pos + 1 >= text.size()) return pos + 1;
  const char escaped = text[pos + 1];
  visible = !IsSpace(escaped) && escaped != 'n' && escaped != 't' && escaped != 'r';
  return pos + 2;
}

}  // namespace

Position PositionInScalar(std::string_view file_text, const yaml::Node& scalar, const Position& inside) {
  if (inside.line == 0 || scalar.position.line == 0) return scalar.position;
  const std::string_view value = scalar.text;
  const size_t target = OffsetOf(value, inside.line, inside.column);
  const auto wanted = std::count_if(value.begin(), value.begin() + static_cast<ptrdiff_t>(target),
                                    [](char c) { return !IsSpace(c); });
  size_t pos = OffsetOf(file_text, scalar.position.line, scalar.position.column);
  if (pos >= file_text.size()) return scalar.position;
  char quote = '\0';
  if (file_text[pos] == '"' || file_text[pos] == '\'') {
    quote = file_text[pos++];
  } else if (scalar.quoted && (file_text[pos] == '|' || file_text[pos] == '>')) {
    pos = std::min(file_text.find('\n', pos), file_text.size());
  }
  bool visible = false;
  ptrdiff_t counted = 0;
  while (pos < file_text.size() && counted < wanted) {
    pos = Skip(file_text, pos, quote, visible);
    if (visible) ++counted;
  }
  // The white space between the last counted character and a target that is not at the value's end.
  const bool at_end =
      target >= value.size() || value.find_first_not_of(" \n\t\r", target) == std::string_view::npos;
  while (!at_end && pos < file_text.size()) {
    const size_t next = Skip(file_text, pos, quote, visible);
    if (visible) break;
    pos = next;
  }
  return At(file_text, pos, scalar.position.source);
}

}  // namespace tocsin::rules
