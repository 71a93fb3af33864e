// The parsers' rules written down once more, slowly and plainly, to compare with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exporter/parse/format_matcher.h"
#include "exporter/parse/line_parser.h"
#include "exporter/parse/values.h"

namespace tocsin::parse::reference {

/// FormatMatcher: the variables' values, escapes and all.
class Matcher {
 public:
  Matcher(const LogFormat& format, std::string line) : format_(format), line_(std::move(line)) {}

  std::optional<std::vector<std::string>> Match() {
    if (!From(0, 0, true)) return std::nullopt;
    return values_;
  }

 private:
  using Kind = LogFormat::Piece::Kind;
  enum class End { kQuote, kNumber, kTimeLocal, kTimeIso, kList, kText };

  bool IsVariable(size_t piece) const { return format_.pieces[piece].kind == Kind::kVariable; }
  std::string Tail(size_t piece) const {
    return piece + 1 < format_.pieces.size() && !IsVariable(piece + 1) ? format_.pieces[piece + 1].text : "";
  }
  End EndOf(size_t piece) const {
    if (Tail(piece).starts_with("\"") && format_.escape != Escape::kNone) return End::kQuote;
    switch (ShapeOf(format_.pieces[piece].text)) {
      case Shape::kNumber:
        return End::kNumber;
      case Shape::kTimeLocal:
        return End::kTimeLocal;
      case Shape::kTimeIso:
        return End::kTimeIso;
      case Shape::kList:
        return Tail(piece).starts_with(", ") || Tail(piece).starts_with(" : ") ? End::kText : End::kList;
      case Shape::kText:
        break;
    }
    return End::kText;
  }
  bool IsOpen(size_t piece) const {
    return IsVariable(piece) && (EndOf(piece) == End::kText || EndOf(piece) == End::kList);
  }

  /// Pieces from `piece` on against the line from `at` on. When `commit`, up to the end; otherwise up to the
  /// next open text.
  bool From(size_t piece, size_t at, bool commit) {
    if (piece == format_.pieces.size()) return at == line_.size();
    if (!IsVariable(piece)) {
      const std::string& literal = format_.pieces[piece].text;
      return line_.compare(at, literal.size(), literal) == 0 && From(piece + 1, at + literal.size(), commit);
    }
    if (!IsOpen(piece)) {
      const std::optional<size_t> end = DefiniteEnd(piece, at);
      if (!end) return false;
      return Keep(commit, at, *end, [&] { return From(piece + 1, *end, commit); });
    }
    if (!commit) return true;
    for (size_t end = at; end <= line_.size(); ++end) {
      if (EndOf(piece) == End::kList && InSeparator(at, end)) continue;
      if (!From(piece + 1, end, false)) continue;
      return Keep(true, at, end, [&] { return From(piece + 1, end, true); });
    }
    return false;
  }

  template <typename Then>
  bool Keep(bool commit, size_t at, size_t end, Then then) {
    const size_t kept = values_.size();
    if (commit) values_.push_back(line_.substr(at, end - at));
    if (then()) return true;
    values_.resize(kept);
    return false;
  }

  std::optional<size_t> DefiniteEnd(size_t piece, size_t at) const {
    size_t end = at;
    switch (EndOf(piece)) {
      case End::kQuote:
        while (end < line_.size() && line_[end] != '"') end += line_[end] == '\\' ? 2 : 1;
        return end < line_.size() ? std::optional(end) : std::nullopt;
      case End::kNumber:
        while (end < line_.size() && std::string("0123456789.").find(line_[end]) != std::string::npos) ++end;
        return end == at && end < line_.size() && line_[end] == '-' ? end + 1 : end;
      case End::kTimeLocal:
        return Like(at, "##/@@@/####:##:##:## +####");
      case End::kTimeIso:
        return Like(at, "####-##-##T##:##:##+##:##");
      default:
        return std::nullopt;
    }
  }

  std::optional<size_t> Like(size_t at, const std::string& pattern) const {
    if (line_.size() - at < pattern.size()) return std::nullopt;
    for (size_t i = 0; i < pattern.size(); ++i) {
      const char c = line_[at + i];
      const bool digit = c >= '0' && c <= '9';
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      const bool fits = pattern[i] == '#'   ? digit
                        : pattern[i] == '@' ? letter
                        : pattern[i] == '+' ? c == '+' || c == '-'
                                            : c == pattern[i];
      if (!fits) return std::nullopt;
    }
    return at + pattern.size();
  }

  /// Whether a list that began at `start` would be cut within ", " or " : " at `end`.
  bool InSeparator(size_t start, size_t end) const {
    if (line_.compare(end, 2, ", ") == 0) return true;
    if (end == line_.size() || line_[end] != ' ') return false;
    if (end > start && line_[end - 1] == ',') return true;
    if (line_.compare(end, 3, " : ") == 0) return true;
    return end >= start + 2 && line_.compare(end - 2, 2, " :") == 0;
  }

  const LogFormat& format_;
  std::string line_;
  std::vector<std::string> values_;
};

/// JsonParser: keys and plain values in their order. nullopt when the line is not read to its end.
class Json {
 public:
  explicit Json(std::string line) : line_(std::move(line)) {}

  using Members = std::vector<std::pair<std::string, std::string>>;
  std::optional<Members> Read() {
    Space();
    if (!Eat('{')) return std::nullopt;
    Space();
    if (Peek() == '}') return std::nullopt;
    Members members;
    while (true) {
      std::string key;
      if (!Key(key)) return std::nullopt;
      Space();
      bool absent = false;
      std::string value;
      if (!Value(value, absent)) return std::nullopt;
      if (!absent) members.emplace_back(key, value);
      Space();
      if (Eat('}')) break;
      if (!Eat(',')) return std::nullopt;
      Space();
    }
    Space();
    return at_ == line_.size() ? std::optional(members) : std::nullopt;
  }

 private:
  int Peek(size_t ahead = 0) const {
    return at_ + ahead < line_.size() ? static_cast<unsigned char>(line_[at_ + ahead]) : -1;
  }
  bool Eat(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  static bool IsSpaceCode(int c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  void Space() {
    while (IsSpaceCode(Peek())) ++at_;
  }

  bool Key(std::string& key) {
    if (!Eat('"')) return false;
    if (!Raw(key)) return false;
    Space();
    return Eat(':');
  }

  /// Up to the closing quote, escapes left as they are.
  bool Raw(std::string& text) {
    while (Peek() != '"') {
      if (Peek() < 0) return false;
      const bool escape = Peek() == '\\' && Peek(1) >= 0;
      for (int i = 0; i < (escape ? 2 : 1); ++i) text += line_[at_++];
    }
    return Eat('"');
  }

  bool Value(std::string& value, bool& absent) {
    if (Eat('"')) {
      std::string raw;
      if (!Raw(raw)) return false;
      value = Plain(raw);
      return true;
    }
    if (Peek() == '{' || Peek() == '[') {
      absent = true;
      return Nested();
    }
    if (Peek() < 0) return false;
    while (!AtEndOfValue()) {
      if (Peek() < 0 || Peek() == '"') return false;
      value += line_[at_++];
    }
    while (!value.empty() && IsSpaceCode(value.back())) value.pop_back();
    absent = value == "null";
    return true;
  }

  static std::string Plain(std::string_view raw) {
    std::string out;
    for (size_t i = 0; i < raw.size();) {
      const size_t used = raw[i] == '\\' ? Unescape(raw.substr(i), out) : 0;
      if (used > 0) {
        i += used;
        continue;
      }
      const bool keeps_pair =
          raw[i] == '\\' && i + 1 < raw.size() && (raw[i + 1] == '"' || raw[i + 1] == '\\');
      out += raw[i++];
      if (keeps_pair) out += raw[i++];
    }
    return out;
  }

  bool AtEndOfValue() const {
    if (Peek() == '}') return true;
    if (Peek() != ',') return false;
    size_t ahead = 1;
    while (IsSpaceCode(Peek(ahead))) ++ahead;
    return Peek(ahead) == '"';
  }

  bool Nested() {
    int depth = 0;
    while (Peek() >= 0) {
      const int c = Peek();
      ++at_;
      std::string ignored;
      if (c == '"' && !Raw(ignored)) return false;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  std::string line_;
  size_t at_ = 0;
};

}  // namespace tocsin::parse::reference
