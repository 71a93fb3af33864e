#include "exporter/parse/conf_tokens.h"

#include <algorithm>
#include <optional>

namespace tocsin::parse {

namespace {

constexpr int kMaxDepth = 64;

bool IsConfSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

class ConfReader {
 public:
  ConfReader(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  /// Directives up to the end of the block, or of the text at depth 0.
  Status Read(std::vector<ConfDirective>& out, int depth) {
    if (depth > kMaxDepth) return FailHere("blocks are nested too deep");
    while (true) {
      SkipSpaceAndComments();
      if (AtEnd()) {
        if (depth > 0) return FailHere("unexpected end of file, expecting \"}\"");
        return {};
      }
      if (Peek() == '}') {
        if (depth == 0) return FailHere("unexpected \"}\"");
        Advance();
        return {};
      }
      ConfDirective directive;
      directive.position = Here();
      if (Status read = ReadDirective(directive, depth); !read) return read;
      out.push_back(std::move(directive));
    }
  }

 private:
  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return text_[at_]; }
  char Advance() {
    const char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      line_start_ = at_;
    }
    return c;
  }
  Position Here() const { return {source_, line_, static_cast<int>(at_ - line_start_) + 1}; }
  tl::unexpected<Error> FailHere(std::string message) const {
    return Fail(ErrorCode::kInvalidArgument, std::move(message), Here());
  }

  void SkipSpaceAndComments() {
    while (!AtEnd()) {
      if (IsConfSpace(Peek())) {
        Advance();
      } else if (Peek() == '#') {
        while (!AtEnd() && Peek() != '\n') Advance();
      } else {
        return;
      }
    }
  }

  Status ReadDirective(ConfDirective& directive, int depth) {
    while (true) {
      SkipSpaceAndComments();
      if (AtEnd()) return FailHere("unexpected end of file, expecting \";\" or \"}\"");
      const char c = Peek();
      if (c == ';') {
        if (directive.words.empty()) return FailHere("unexpected \";\"");
        Advance();
        return {};
      }
      if (c == '{') {
        if (directive.words.empty()) return FailHere("unexpected \"{\"");
        Advance();
        directive.has_block = true;
        if (directive.name().ends_with("_by_lua_block")) return SkipForeignBlock();
        return Read(directive.block, depth + 1);
      }
      if (c == '}') return FailHere("unexpected \"}\"");
      std::string word;
      const bool quoted = c == '"' || c == '\'';
      if (Status read = quoted ? ReadQuoted(word) : ReadBare(word); !read) return read;
      directive.words.push_back(std::move(word));
    }
  }

  Status ReadQuoted(std::string& word) {
    const Position start = Here();
    const char quote = Advance();
    while (!AtEnd()) {
      if (Peek() == quote) {
        Advance();
        if (!AtEnd() && !IsConfSpace(Peek()) && Peek() != ';' && Peek() != '{' && Peek() != ')')
          return FailHere(std::string("unexpected \"") + Peek() + "\" after a quoted word");
        return {};
      }
      ReadCharacter(word);
    }
    return Fail(ErrorCode::kInvalidArgument, "a quoted word does not end", start);
  }

  Status ReadBare(std::string& word) {
    while (!AtEnd() && !IsConfSpace(Peek()) && Peek() != ';') {
      if (Peek() == '{') {
        if (word.empty() || word.back() != '$') return {};
        while (!AtEnd() && Peek() != '}' && !IsConfSpace(Peek())) word += Advance();
        if (AtEnd() || Peek() != '}') return FailHere("the closing brace of a variable is missing");
      }
      ReadCharacter(word);
    }
    return {};
  }

  /// One character; nginx undoes \" \' \\ \t \r \n and leaves other backslashes as they are.
  void ReadCharacter(std::string& word) {
    const char c = Advance();
    if (c != '\\' || AtEnd()) {
      word += c;
      return;
    }
    switch (Peek()) {
      case '"':
      case '\'':
      case '\\':
        word += Advance();
        return;
      case 't':
        word += '\t';
        break;
      case 'r':
        word += '\r';
        break;
      case 'n':
        word += '\n';
        break;
      default:
        word += c;
        word += Advance();
        return;
    }
    Advance();
  }

  /// Lua: its strings and comments may hold braces.
  Status SkipForeignBlock() {
    for (int depth = 1; !AtEnd();) {
      const char c = Advance();
      if (c == '"' || c == '\'') {
        while (!AtEnd() && Peek() != c && Peek() != '\n') {
          if (Advance() == '\\' && !AtEnd()) Advance();
        }
        if (!AtEnd()) Advance();
      } else if (c == '-' && !AtEnd() && Peek() == '-') {
        while (!AtEnd() && Peek() != '\n') Advance();
      } else if (c == '{') {
        ++depth;
      } else if (c == '}' && --depth == 0) {
        return {};
      }
    }
    return FailHere("unexpected end of file, expecting \"}\"");
  }

  std::string_view text_;
  const std::string& source_;
  size_t at_ = 0;
  int line_ = 1;
  size_t line_start_ = 0;
};

}  // namespace

Status ReadDirectives(std::string_view text, const std::string& source, std::vector<ConfDirective>& out) {
  return ConfReader(text, source).Read(out, 0);
}

Result<LogFormat> FormatOfDirective(const ConfDirective& directive) {
  const auto fail = [&](const std::string& message) {
    return Fail(ErrorCode::kInvalidArgument, message, directive.position);
  };
  if (directive.name() != "log_format") return fail("not a log_format directive");
  if (directive.has_block || directive.words.size() < 3)
    return fail("log_format needs a name and at least one string");
  LogFormat format;
  format.name = directive.words[1];
  constexpr std::string_view kEscape = "escape=";
  size_t first = 2;
  if (directive.words[2].starts_with(kEscape)) {
    const auto escape = ParseEscape(std::string_view(directive.words[2]).substr(kEscape.size()));
    if (!escape) return fail(escape.error().message());
    format.escape = *escape;
    first = 3;
  }
  for (size_t i = first; i < directive.words.size(); ++i) {
    if (Status appended = AppendPieces(directive.words[i], format); !appended)
      return fail("log_format " + format.name + ": " + appended.error().message());
  }
  if (format.pieces.empty()) return fail("log_format " + format.name + " is empty");
  return format;
}

}  // namespace tocsin::parse
