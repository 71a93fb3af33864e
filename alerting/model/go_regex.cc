#include "alerting/model/go_regex.h"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

namespace tocsin::model {
namespace {

/// Behind the class that begins at `open`.
size_t EndOfClass(std::string_view pattern, size_t open) {
  size_t i = open + 1;
  if (i < pattern.size() && pattern[i] == '^') ++i;
  if (i < pattern.size() && pattern[i] == ']') ++i;
  while (i < pattern.size() && pattern[i] != ']') {
    if (pattern.substr(i).starts_with("[:")) {
      const size_t end = pattern.find(":]", i);
      i = end == std::string_view::npos ? i + 1 : end + 2;
    } else {
      i += pattern[i] == '\\' ? 2 : 1;
    }
  }
  return std::min(i + 1, pattern.size());
}

std::string_view Words(re2::RE2::ErrorCode code) {
  switch (code) {
    case re2::RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case re2::RE2::ErrorBadCharClass:
      return "invalid character class";
    case re2::RE2::ErrorBadCharRange:
      return "invalid character class range";
    case re2::RE2::ErrorMissingBracket:
      return "missing closing ]";
    case re2::RE2::ErrorMissingParen:
      return "missing closing )";
    case re2::RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case re2::RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case re2::RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case re2::RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case re2::RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case re2::RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case re2::RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    case re2::RE2::ErrorPatternTooLarge:
      return "expression too large";
    default:
      return "";
  }
}

}  // namespace

std::string Re2Pattern(std::string_view pattern) {
  std::string out;
  out.reserve(pattern.size());
  for (size_t i = 0; i < pattern.size();) {
    size_t end = i + 1;
    if (pattern.substr(i).starts_with("\\Q")) {
      end = std::min(pattern.find("\\E", i), pattern.size());
    } else if (pattern[i] == '\\') {
      end = std::min(i + 2, pattern.size());
    } else if (pattern[i] == '[') {
      end = EndOfClass(pattern, i);
    } else if (pattern.substr(i).starts_with("(?<")) {
      out += "(?P<";
      i += 3;
      continue;
    }
    out += pattern.substr(i, end - i);
    i = end;
  }
  return out;
}

std::string RegexError(const re2::RE2& regex, std::string_view pattern) {
  // Older ones have no code of their own for a parenthesis too many.
  const bool unexpected = regex.error().starts_with("unexpected )");
  const std::string_view words = unexpected ? "unexpected )" : Words(regex.error_code());
  if (words.empty()) return "error parsing regexp: " + regex.error();
  if (regex.error_code() == re2::RE2::ErrorTrailingBackslash)
    return fmt::format("error parsing regexp: {}: ``", words);
  std::string part = regex.error_arg();
  if (part.starts_with("(?P<") && pattern.find(part) == std::string_view::npos) part.erase(2, 1);
  return fmt::format("error parsing regexp: {}: `{}`", words, part);
}

}  // namespace tocsin::model
