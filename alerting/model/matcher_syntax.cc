#include "alerting/model/matcher_syntax.h"

#include <array>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace tocsin::model {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

bool IsSpace(char c) { return kSpace.find(c) != std::string_view::npos; }

std::string_view Trim(std::string_view text) {
  size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

tl::unexpected<Error> Bad(std::string message, size_t offset) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), Position{"", 1, static_cast<int>(offset) + 1});
}

/// The operator at the start of `text`; moves it behind.
std::optional<MatchOp> TakeOp(std::string_view& text) {
  struct Spelling {
    std::string_view text;
    MatchOp op;
  };
  static constexpr std::array<Spelling, 4> kSpellings{{{"=~", MatchOp::kRegex},
                                                       {"!~", MatchOp::kNotRegex},
                                                       {"!=", MatchOp::kNotEqual},
                                                       {"=", MatchOp::kEqual}}};
  for (const Spelling& spelling : kSpellings) {
    if (!text.starts_with(spelling.text)) continue;
    text.remove_prefix(spelling.text.size());
    return spelling.op;
  }
  return std::nullopt;
}

void AppendUtf8(std::string& out, uint32_t rune) {
  auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xc0 | (rune >> 6));
    put(0x80 | (rune & 0x3f));
  } else if (rune < 0x10000) {
    put(0xe0 | (rune >> 12));
    put(0x80 | ((rune >> 6) & 0x3f));
    put(0x80 | (rune & 0x3f));
  } else {
    put(0xf0 | (rune >> 18));
    put(0x80 | ((rune >> 12) & 0x3f));
    put(0x80 | ((rune >> 6) & 0x3f));
    put(0x80 | (rune & 0x3f));
  }
}

// ---- the newer grammar: a lexer of braces, commas, operators and words, quoted or not

class Utf8Parser {
 public:
  explicit Utf8Parser(std::string_view text) : whole_(text), rest_(text) {}

  Result<Matchers> Parse() {
    Matchers matchers;
    bool braces = Take('{');
    while (!AtEnd() && !(braces && Peek('}'))) {
      auto matcher = OneMatcher();
      if (!matcher) return Fail(matcher.error());
      matchers.push_back(*std::move(matcher));
      if (!Take(',')) break;
    }
    if (braces && !Take('}')) return Bad("expected close brace", Offset());
    if (!AtEnd()) return Bad(fmt::format("unexpected \"{}\"", rest_), Offset());
    return matchers;
  }

 private:
  size_t Offset() const { return whole_.size() - rest_.size(); }
  void SkipSpace() {
    while (!rest_.empty() && IsSpace(rest_.front())) rest_.remove_prefix(1);
  }
  bool AtEnd() {
    SkipSpace();
    return rest_.empty();
  }
  bool Peek(char c) {
    SkipSpace();
    return !rest_.empty() && rest_.front() == c;
  }
  bool Take(char c) {
    if (!Peek(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  Result<Matcher> OneMatcher() {
    SkipSpace();
    size_t start = Offset();
    auto name = Word("label name");
    if (!name) return Fail(name.error());
    if (!IsUtf8Name(*name)) return Bad("bad label name", start);
    SkipSpace();
    auto op = TakeOp(rest_);
    if (!op) return Bad("expected an operator such as '=', '!=', '=~' or '!~'", Offset());
    auto value = Word("label value");
    if (!value) return Fail(value.error());
    auto matcher = Matcher::Make(*op, *std::move(name), *std::move(value));
    if (!matcher) return Bad(matcher.error().message(), start);
    return matcher;
  }

  Result<std::string> Word(std::string_view what) {
    SkipSpace();
    if (!rest_.empty() && rest_.front() == '"') return Quoted();
    constexpr std::string_view kReserved = "{}!=~,\\\"'`";
    size_t length = 0;
    while (length < rest_.size() && !IsSpace(rest_[length]) &&
           kReserved.find(rest_[length]) == std::string_view::npos) {
      ++length;
    }
    if (length == 0) return Bad(fmt::format("expected {}", what), Offset());
    std::string word(rest_.substr(0, length));
    if (!IsUtf8Name(word)) return Bad("not valid UTF-8", Offset());
    rest_.remove_prefix(length);
    return word;
  }

  /// As Go's strconv.Unquote reads a double-quoted string.
  Result<std::string> Quoted() {
    size_t start = Offset();
    std::string out;
    rest_.remove_prefix(1);
    while (true) {
      if (rest_.empty() || rest_.front() == '\n') return Bad("missing end quote", start);
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') break;
      if (c != '\\') {
        out.push_back(c);
      } else if (!Escape(out)) {
        return Bad("bad escape sequence in quotes", Offset());
      }
    }
    if (!out.empty() && !IsUtf8Name(out)) return Bad("not valid UTF-8", start);
    return out;
  }

  bool Escape(std::string& out) {
    if (rest_.empty()) return false;
    char c = rest_.front();
    rest_.remove_prefix(1);
    constexpr std::string_view kLetters = "abfnrtv\\\"";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
    if (size_t at = kLetters.find(c); at != std::string_view::npos) {
      out.push_back(kMeanings[at]);
      return true;
    }
    switch (c) {
      case 'x':
        return Code(out, 2, 16, false);
      case 'u':
        return Code(out, 4, 16, true);
      case 'U':
        return Code(out, 8, 16, true);
      default:
        break;
    }
    if (c < '0' || c > '7') return false;
    rest_ = whole_.substr(Offset() - 1);
    return Code(out, 3, 8, false);
  }

  bool Code(std::string& out, size_t digits, uint32_t base, bool rune) {
    if (rest_.size() < digits) return false;
    uint32_t code = 0;
    for (char c : rest_.substr(0, digits)) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      size_t digit = kDigits.find(lower);
      if (digit == std::string_view::npos || digit >= base) return false;
      code = code * base + static_cast<uint32_t>(digit);
    }
    rest_.remove_prefix(digits);
    if (!rune) {
      if (code > 0xff) return false;
      out.push_back(static_cast<char>(code));
      return true;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    AppendUtf8(out, code);
    return true;
  }

  std::string_view whole_;
  std::string_view rest_;
};

// ---- the classic grammar: pieces between commas that stand outside quotes, each `name op anything`

/// Undoes \n, \" and \\; any other backslash is itself. Quotes may only stand around the whole.
Result<std::string> ClassicValue(std::string_view raw, size_t offset) {
  auto stray_quote = [&] {
    return Bad(fmt::format("matcher value contains unescaped double quote: {}", raw), offset);
  };
  std::string_view rest = raw;
  bool quoted = rest.starts_with('"');
  if (quoted) rest.remove_prefix(1);
  std::string out;
  for (size_t i = 0; i < rest.size(); ++i) {
    char c = rest[i];
    bool last = i + 1 == rest.size();
    if (c == '\\' && !last) {
      char escaped = rest[++i];
      if (escaped == 'n') {
        out.push_back('\n');
      } else {
        if (escaped != '"' && escaped != '\\') out.push_back('\\');
        out.push_back(escaped);
      }
    } else if (c == '"') {
      if (!quoted || !last) return stray_quote();
      quoted = false;
    } else {
      out.push_back(c);
    }
  }
  if (quoted) return stray_quote();
  if (!out.empty() && !IsUtf8Name(out)) return Bad("matcher value is not valid UTF-8", offset);
  return out;
}

Result<Matcher> ClassicMatcher(std::string_view piece, size_t offset) {
  std::string_view text = Trim(piece);
  size_t length = 0;
  while (length < text.size() && IsClassicMetricName(text.substr(0, length + 1))) ++length;
  std::string_view name = text.substr(0, length);
  std::string_view rest = text.substr(length);
  while (!rest.empty() && IsSpace(rest.front())) rest.remove_prefix(1);
  std::optional<MatchOp> op;
  if (!name.empty()) op = TakeOp(rest);
  if (!op) return Bad(fmt::format("bad matcher format: {}", piece), offset);
  auto value = ClassicValue(Trim(rest), offset);
  if (!value) return Fail(value.error());
  auto matcher = Matcher::Make(*op, std::string(name), *std::move(value));
  if (!matcher) return Bad(matcher.error().message(), offset);
  return matcher;
}

}  // namespace

Result<Matchers> ParseMatchersUtf8(std::string_view text) { return Utf8Parser(text).Parse(); }

Result<Matchers> ParseMatchersClassic(std::string_view text) {
  size_t offset = 0;
  if (text.starts_with('{')) {
    text.remove_prefix(1);
    offset = 1;
  }
  if (text.ends_with('}')) text.remove_suffix(1);
  Matchers matchers;
  size_t start = 0;
  bool quoted = false;
  for (size_t i = 0; i <= text.size(); ++i) {
    bool end = i == text.size();
    if (!end && text[i] == '\\') {
      ++i;
      end = i >= text.size();
      if (!end) continue;
    }
    if (!end && text[i] == '"') quoted = !quoted;
    if (!end && (quoted || text[i] != ',')) continue;
    std::string_view piece = text.substr(start, std::min(i, text.size()) - start);
    if (end && piece.empty()) break;
    auto matcher = ClassicMatcher(piece, offset + start);
    if (!matcher) return Fail(matcher.error());
    matchers.push_back(*std::move(matcher));
    start = i + 1;
    if (end) break;
  }
  return matchers;
}

Result<Matchers> ParseMatchers(std::string_view text) {
  auto classic = ParseMatchersClassic(text);
  if (classic) return classic;
  auto utf8 = ParseMatchersUtf8(text);
  if (utf8) return utf8;
  return classic;
}

}  // namespace tocsin::model
