#include "alerting/template/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "alerting/template/number.h"

namespace tocsin::templating {
namespace {

constexpr std::string_view kLeft = "{{";
constexpr std::string_view kRight = "}}";
constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::array<std::string_view, 10> kKeywords = {"block", "break", "continue", "define",   "else",
                                                        "end",   "if",    "range",    "template", "with"};

bool IsSpace(char c) { return kSpaces.find(c) != std::string_view::npos; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// Any byte above ASCII counts as a letter: names in templates may be in any script.
bool IsWord(char c) {
  return c == '_' || IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

std::string RuneName(std::string_view text, size_t pos) {
  const char32_t rune = DecodeRune(text, pos);
  std::string name = fmt::format("U+{:04X}", static_cast<unsigned>(rune));
  if (IsPrintRune(rune)) {
    name += " '";
    AppendRune(name, rune);
    name += "'";
  }
  return name;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  std::vector<Token> Run() {
    while (!done_) inside_ ? LexInside() : LexText();
    return std::move(tokens_);
  }

 private:
  void Emit(TokenKind kind, size_t start) {
    tokens_.push_back({kind, text_.substr(start, pos_ - start), start, {}});
  }
  void Fail(std::string message, size_t at) {
    tokens_.push_back({TokenKind::kError, {}, at, std::move(message)});
    done_ = true;
  }
  char Peek(size_t ahead = 0) const { return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0'; }
  bool AtRight(size_t pos, bool& trims) const;
  bool AtTerminator() const;

  void LexText();
  void LexComment();
  void LexInside();
  void LexRight(bool trims);
  void LexSpace();
  void LexWord();
  void LexName(TokenKind kind);
  void LexQuoted(char quote, TokenKind kind, std::string_view what);
  void LexRaw();
  void LexNumber();
  bool ScanNumber();

  std::string_view text_;
  size_t pos_ = 0;
  std::vector<Token> tokens_;
  int parens_ = 0;
  size_t paren_at_ = 0;
  bool inside_ = false;
  bool trim_next_ = false;  // the action before ended with "-}}"
  bool done_ = false;
};

// At `pos` stands "}}" or " -}}".
bool Lexer::AtRight(size_t pos, bool& trims) const {
  const std::string_view rest = text_.substr(std::min(pos, text_.size()));
  trims = rest.size() >= 4 && IsSpace(rest[0]) && rest[1] == '-' && rest.substr(2).starts_with(kRight);
  return trims || rest.starts_with(kRight);
}

bool Lexer::AtTerminator() const {
  if (pos_ >= text_.size()) return true;
  const char c = Peek();
  return IsSpace(c) || std::string_view(".,|:)(").find(c) != std::string_view::npos ||
         text_.substr(pos_).starts_with(kRight);
}

void Lexer::LexText() {
  const size_t left = text_.find(kLeft, pos_);
  size_t start = pos_;
  if (trim_next_) start = std::min(text_.find_first_not_of(kSpaces, pos_), std::min(left, text_.size()));
  trim_next_ = false;
  const size_t delimiter = std::min(left, text_.size());
  const bool trims = left != std::string_view::npos && left + 3 < text_.size() && text_[left + 2] == '-' &&
                     IsSpace(text_[left + 3]);
  size_t end = delimiter;
  while (trims && end > start && IsSpace(text_[end - 1])) --end;
  pos_ = end;
  if (end > start) Emit(TokenKind::kText, start);
  pos_ = delimiter;
  if (left == std::string_view::npos) {
    Emit(TokenKind::kEof, pos_);
    done_ = true;
    return;
  }
  const size_t after = pos_ + kLeft.size() + (trims ? 2 : 0);
  if (text_.substr(after).starts_with("/*")) {
    pos_ = after;
    return LexComment();
  }
  pos_ = delimiter + kLeft.size();
  Emit(TokenKind::kLeftDelim, delimiter);
  pos_ = after;
  inside_ = true;
  parens_ = 0;
}

void Lexer::LexComment() {
  const size_t end = text_.find("*/", pos_ + 2);
  if (end == std::string_view::npos) return Fail("unclosed comment", pos_);
  bool trims = false;
  if (!AtRight(end + 2, trims)) return Fail("comment ends before closing delimiter", pos_);
  pos_ = end + 2 + kRight.size() + (trims ? 2 : 0);
  trim_next_ = trims;
}

void Lexer::LexRight(bool trims) {
  if (trims) pos_ += 2;
  const size_t start = pos_;
  pos_ += kRight.size();
  Emit(TokenKind::kRightDelim, start);
  trim_next_ = trims;
  inside_ = false;
}

void Lexer::LexInside() {
  bool trims = false;
  if (AtRight(pos_, trims)) {
    if (parens_ > 0) return Fail("unclosed left paren", paren_at_);
    return LexRight(trims);
  }
  if (pos_ >= text_.size()) return Fail("unclosed action", pos_);
  const size_t start = pos_;
  const char c = Peek();
  if (IsSpace(c)) return LexSpace();
  if (c == '"') return LexQuoted('"', TokenKind::kString, "unterminated quoted string");
  if (c == '\'') return LexQuoted('\'', TokenKind::kChar, "unterminated character constant");
  if (c == '`') return LexRaw();
  if (c == '$') return LexName(TokenKind::kVariable);
  if (c == '.' && !IsDigit(Peek(1))) return LexName(TokenKind::kField);
  if (c == '.' || c == '+' || c == '-' || IsDigit(c)) return LexNumber();
  if (IsWord(c)) return LexWord();
  ++pos_;
  switch (c) {
    case '=':
      return Emit(TokenKind::kAssign, start);
    case ':':
      if (Peek() != '=') return Fail("expected :=", start);
      ++pos_;
      return Emit(TokenKind::kDeclare, start);
    case '|':
      return Emit(TokenKind::kPipe, start);
    case '(':
      ++parens_;
      paren_at_ = start;
      return Emit(TokenKind::kLeftParen, start);
    case ')':
      if (--parens_ < 0) return Fail("unexpected right paren", start);
      return Emit(TokenKind::kRightParen, start);
    default:
      if (c > ' ' && c < 0x7f) return Emit(TokenKind::kPunctuation, start);
      return Fail("unrecognized character in action: " + RuneName(text_, start), start);
  }
}

void Lexer::LexSpace() {
  const size_t start = pos_;
  bool trims = false;
  while (IsSpace(Peek()) && pos_ < text_.size()) {
    if (AtRight(pos_, trims) && trims) break;
    ++pos_;
  }
  if (pos_ > start) Emit(TokenKind::kSpace, start);
}

void Lexer::LexName(TokenKind kind) {
  const size_t start = pos_++;
  while (IsWord(Peek()) && pos_ < text_.size()) ++pos_;
  if (!AtTerminator()) return Fail("bad character " + RuneName(text_, pos_), pos_);
  Emit(pos_ == start + 1 && kind == TokenKind::kField ? TokenKind::kDot : kind, start);
}

void Lexer::LexWord() {
  const size_t start = pos_;
  while (IsWord(Peek()) && pos_ < text_.size()) ++pos_;
  if (!AtTerminator()) return Fail("bad character " + RuneName(text_, pos_), pos_);
  const std::string_view word = text_.substr(start, pos_ - start);
  if (std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end())
    return Emit(TokenKind::kKeyword, start);
  if (word == "true" || word == "false") return Emit(TokenKind::kBool, start);
  Emit(word == "nil" ? TokenKind::kNil : TokenKind::kIdentifier, start);
}

void Lexer::LexQuoted(char quote, TokenKind kind, std::string_view what) {
  const size_t start = pos_++;
  while (pos_ < text_.size() && Peek() != quote && Peek() != '\n')
    pos_ += Peek() == '\\' && Peek(1) != '\n' ? 2 : 1;
  if (pos_ >= text_.size() || Peek() != quote) return Fail(std::string(what), start);
  ++pos_;
  Emit(kind, start);
}

void Lexer::LexRaw() {
  const size_t start = pos_;
  const size_t end = text_.find('`', start + 1);
  if (end == std::string_view::npos) return Fail("unterminated raw quoted string", start);
  pos_ = end + 1;
  Emit(TokenKind::kRawString, start);
}

bool Lexer::ScanNumber() {
  if (Peek() == '+' || Peek() == '-') ++pos_;
  std::string_view digits = "0123456789_";
  if (Peek() == '0') {
    const char kind = static_cast<char>(Peek(1) | 0x20);
    if (kind == 'x') digits = "0123456789abcdefABCDEF_";
    if (kind == 'o') digits = "01234567_";
    if (kind == 'b') digits = "01_";
    if (digits != "0123456789_") pos_ += 2;
  }
  const auto skip = [&] {
    while (pos_ < text_.size() && digits.find(Peek()) != std::string_view::npos) ++pos_;
  };
  skip();
  if (Peek() == '.') {
    ++pos_;
    skip();
  }
  const bool hex = digits.size() > 12;
  const char exponent = static_cast<char>(Peek() | 0x20);
  if ((digits.size() == 11 && exponent == 'e') || (hex && exponent == 'p')) {
    ++pos_;
    if (Peek() == '+' || Peek() == '-') ++pos_;
    digits = "0123456789_";
    skip();
  }
  return pos_ >= text_.size() || !IsWord(Peek());
}

void Lexer::LexNumber() {
  const size_t start = pos_;
  if (!ScanNumber()) {
    ++pos_;
    return Fail("bad number syntax: " + QuoteGo(text_.substr(start, pos_ - start)), start);
  }
  Emit(TokenKind::kNumber, start);
}

}  // namespace

std::vector<Token> Tokenize(std::string_view text) { return Lexer(text).Run(); }

std::string Describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEof:
      return "EOF";
    case TokenKind::kError:
      return token.message;
    case TokenKind::kKeyword:
    case TokenKind::kDot:
    case TokenKind::kNil:
      return fmt::format("<{}>", token.text);
    default:
      break;
  }
  size_t pos = 0;
  for (int runes = 0; runes < 10 && pos < token.text.size(); ++runes) DecodeRune(token.text, pos);
  return QuoteGo(token.text.substr(0, pos)) + (pos < token.text.size() ? "..." : "");
}

}  // namespace tocsin::templating
