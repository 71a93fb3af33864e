// The states are those of the text itself: inside braces words are label names, behind a bracket a duration
// has to come first, elsewhere words may be keywords. What stands open when the text ends decides the
// message.
#include "alerting/promql/parse/lexer.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "alerting/promql/parse/literals.h"

namespace tocsin::promql {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlpha(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAlphaNumeric(char c) { return IsAlpha(c) || IsDigit(c); }
bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }

struct Keyword {
  std::string_view word;
  TokenKind kind;
  int code = 0;
};

std::vector<Keyword> MakeKeywords() {
  using K = TokenKind;
  std::vector<Keyword> keywords{
      {"offset", K::kOffset},   {"by", K::kBy},       {"without", K::kWithout},
      {"on", K::kOn},           {"bool", K::kBool},   {"ignoring", K::kIgnoring},
      {"start", K::kStartWord}, {"end", K::kEndWord}, {"group_left", K::kGroupLeft},
      {"inf", K::kNumber},      {"nan", K::kNumber},  {"group_right", K::kGroupRight}};
  for (BinaryOp op : {BinaryOp::kAnd, BinaryOp::kOr, BinaryOp::kUnless, BinaryOp::kAtan2}) {
    keywords.push_back({BinaryOpName(op), K::kBinaryOp, static_cast<int>(op)});
  }
  for (int op = 0; op <= static_cast<int>(AggregateOp::kLimitRatio); ++op) {
    keywords.push_back({AggregateOpName(static_cast<AggregateOp>(op)), K::kAggregateOp, op});
  }
  return keywords;
}

class Lexer {
 public:
  explicit Lexer(std::string_view input) : input_(input) {}

  std::vector<Token> Run() {
    while (!done_) {
      SkipSpaceAndComments();
      start_ = at_;
      Next();
    }
    return std::move(tokens_);
  }

 private:
  bool AtEnd() const { return at_ >= input_.size(); }
  char Peek(size_t ahead = 0) const { return at_ + ahead < input_.size() ? input_[at_ + ahead] : '\0'; }
  bool NextIs(std::string_view any_of) const {
    return !AtEnd() && any_of.find(Peek()) != std::string_view::npos;
  }
  bool Accept(std::string_view any_of) {
    bool accepted = NextIs(any_of);
    if (accepted) ++at_;
    return accepted;
  }
  void SkipAll(std::string_view any_of) {
    while (Accept(any_of)) {
    }
  }

  void SkipSpaceAndComments() {
    for (;;) {
      while (!AtEnd() && IsSpace(Peek())) ++at_;
      if (Peek() != '#' || duration_first_) return;
      while (!AtEnd() && Peek() != '\n') ++at_;
    }
  }

  void Emit(TokenKind kind, int code = 0) {
    tokens_.push_back({kind, std::string(input_.substr(start_, at_ - start_)), {start_, at_}, code});
    done_ = kind == TokenKind::kEnd;
  }
  void Emit(BinaryOp op) { Emit(TokenKind::kBinaryOp, static_cast<int>(op)); }
  /// For tokens of one character.
  void Take(TokenKind kind) {
    ++at_;
    Emit(kind);
  }
  /// Points at the token's start, or `behind` bytes behind it where Prometheus does.
  void Error(std::string message, size_t behind = 0) {
    tokens_.push_back({TokenKind::kError, std::move(message), {start_ + behind, input_.size()}, 0});
    done_ = true;
  }
  /// Go reads past the end here, and shows what it gets.
  std::string QuotedNext() const { return AtEnd() ? "'\uFFFD'" : QuotedRune(); }
  std::string QuotedRune() const { return AtEnd() ? "'\\x00'" : QuoteRune(input_.substr(at_)); }

  void Next() {
    if (brace_open_) return InsideBraces();
    if (duration_first_) return BehindBracket();
    if (AtEnd()) {
      if (paren_depth_ != 0) return Error("unclosed left parenthesis");
      if (bracket_open_) return Error("unclosed left bracket");
      return Emit(TokenKind::kEnd);
    }
    char c = Peek();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return NumberOrDuration();
    if (bracket_open_ && (IsAlpha(c) || c == ':')) return Colon();
    if (IsAlpha(c) || c == ':') return Word();
    if (IsQuote(c)) return String();
    Punctuation(c);
  }

  /// Between brackets any letter counts as the colon too, as in Prometheus: "[5m x]" is "[5m:]".
  void Colon() {
    if (std::exchange(got_colon_, true)) return Error("unexpected colon " + QuotedRune());
    Take(TokenKind::kColon);
  }

  void Punctuation(char c) {
    static constexpr std::string_view kArithmetic = "+-*/%^";
    if (size_t op = kArithmetic.find(c); op != std::string_view::npos) {
      ++at_;
      return Emit(static_cast<BinaryOp>(op));
    }
    switch (c) {
      case ',':
        return Take(TokenKind::kComma);
      case '@':
        return Take(TokenKind::kAt);
      case '(':
        ++paren_depth_;
        return Take(TokenKind::kLeftParen);
      case ')':
        if (--paren_depth_ < 0) return Error("unexpected right parenthesis ')'", 1);
        return Take(TokenKind::kRightParen);
      case '{':
        brace_open_ = true;
        return Take(TokenKind::kLeftBrace);
      case '[':
        if (bracket_open_) return Error("unexpected left bracket '['");
        bracket_open_ = duration_first_ = true;
        got_colon_ = false;
        return Take(TokenKind::kLeftBracket);
      case ']':
        if (!std::exchange(bracket_open_, false)) return Error("unexpected right bracket ']'");
        return Take(TokenKind::kRightBracket);
      default:
        return Comparison(c);
    }
  }

  void Comparison(char c) {
    if (!NextIs("=!<>")) return Error("unexpected character: " + QuotedRune());
    ++at_;
    if (c == '<') return Emit(Accept("=") ? BinaryOp::kLessEqual : BinaryOp::kLess);
    if (c == '>') return Emit(Accept("=") ? BinaryOp::kGreaterEqual : BinaryOp::kGreater);
    if (Accept("=")) return Emit(c == '=' ? BinaryOp::kEqual : BinaryOp::kNotEqual);
    if (c == '!' || Peek() == '~') {
      return Error(fmt::format("unexpected character after '{}': {}", c, QuotedNext()));
    }
    Emit(TokenKind::kEqual);
  }

  void InsideBraces() {
    if (AtEnd()) return Error("unexpected end of input inside braces");
    char c = Peek();
    if (IsAlpha(c)) {
      while (IsAlphaNumeric(Peek())) ++at_;
      return Emit(TokenKind::kIdentifier);
    }
    if (IsQuote(c)) return String();
    switch (c) {
      case ',':
        return Take(TokenKind::kComma);
      case '}':
        brace_open_ = false;
        return Take(TokenKind::kRightBrace);
      case '{':
        return Error("unexpected left brace '{'");
      case '=':
        ++at_;
        return Emit(Accept("~") ? TokenKind::kEqualRegex : TokenKind::kEqual);
      case '!':
        ++at_;
        if (Accept("~")) return Emit(TokenKind::kNotRegex);
        if (Accept("=")) return Emit(BinaryOp::kNotEqual);
        return Error("unexpected character after '!' inside braces: " + QuotedNext());
      default:
        return Error("unexpected character inside braces: " + QuotedRune());
    }
  }

  /// Up to the first number: signs, operators and parentheses of a duration expression.
  void BehindBracket() {
    if (AtEnd()) return Error("unexpected end of input in duration expression");
    char c = Peek();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
      duration_first_ = false;
      return NumberOrDuration();
    }
    if (c == ']') duration_first_ = false;
    if (std::string_view("]()+-*/%^").find(c) != std::string_view::npos) return Punctuation(c);
    if (c == ':') return Error("unexpected colon before duration in duration expression", 1);
    Error("unexpected character in duration expression: " + QuotedRune());
  }

  void Word() {
    while (IsAlphaNumeric(Peek()) || Peek() == ':') ++at_;
    std::string word(input_.substr(start_, at_ - start_));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    static const std::vector<Keyword> kKeywords = MakeKeywords();
    for (const Keyword& keyword : kKeywords) {
      if (keyword.word == word) return Emit(keyword.kind, keyword.code);
    }
    Emit(word.find(':') == std::string::npos ? TokenKind::kIdentifier : TokenKind::kMetricIdentifier);
  }

  void NumberOrDuration() {
    if (ScanNumber()) return Emit(TokenKind::kNumber);
    if (ScanRestOfDuration()) return Emit(TokenKind::kDuration);
    Error("bad number or duration syntax: " + model::Quote(input_.substr(start_, at_ - start_)));
  }

  /// Prometheus' rules, which are stricter than strtod's about '.', '_' and exponents.
  bool ScanNumber() {
    std::string_view digits = "0123456789";
    bool hex = false;
    if (Accept("0") && Accept("xX")) {
      Accept("_");
      digits = "0123456789abcdefABCDEF";
      hex = true;
    }
    Accept(".");
    Accept(digits);
    bool dot = false;
    bool exponent = false;
    while (NextIs(digits) || NextIs("._eE")) {
      if (Accept(".")) {
        if (std::exchange(dot, true) || Accept("_.") || hex) return false;
      } else if (!hex && Accept("eE")) {
        if (std::exchange(exponent, true)) return false;
        Accept("+-");
        if (Accept("._eE") || AtEnd()) return false;
      } else if (Accept("_")) {
        if (Accept("._eE") || AtEnd()) return false;
      } else {
        SkipAll(digits);
      }
    }
    return !IsAlphaNumeric(Peek());
  }

  /// What follows a number that a unit made a duration: "m", "h30m".
  bool ScanRestOfDuration() {
    if (!Accept("smhdwy")) return false;
    Accept("s");
    while (Accept("0123456789")) {
      SkipAll("0123456789");
      if (!Accept("smhdw")) return false;
      Accept("s");
    }
    if (!IsAlphaNumeric(Peek())) return true;
    ++at_;
    return false;
  }

  void String() {
    QuotedString quoted = ReadQuoted(input_.substr(at_));
    if (!quoted.error.empty()) return Error(std::move(quoted.error));
    at_ += quoted.length;
    Emit(TokenKind::kString);
  }

  std::string_view input_;
  size_t at_ = 0;
  size_t start_ = 0;
  int paren_depth_ = 0;
  bool brace_open_ = false;
  bool bracket_open_ = false;
  bool duration_first_ = false;
  bool got_colon_ = false;
  bool done_ = false;
  std::vector<Token> tokens_;
};

/// Go's %.10q: the first ten characters, quoted, and dots where there were more.
std::string Abbreviate(const std::string& text) {
  if (text.size() <= 10) return model::Quote(text);
  std::string_view rest = text;
  size_t length = 0;
  for (int i = 0; i < 10 && length < text.size(); ++i) length += RuneLength(rest.substr(length));
  return model::Quote(rest.substr(0, length)) + "...";
}

}  // namespace

std::string Token::Describe() const {
  switch (kind) {
    case TokenKind::kEnd:
      return "end of input";
    case TokenKind::kError:
      return text;
    case TokenKind::kIdentifier:
      return "identifier " + model::Quote(text);
    case TokenKind::kMetricIdentifier:
      return "metric identifier " + model::Quote(text);
    case TokenKind::kString:
      return "string " + Abbreviate(text);
    case TokenKind::kNumber:
      return "number " + Abbreviate(text);
    case TokenKind::kDuration:
      return "duration " + Abbreviate(text);
    case TokenKind::kBinaryOp:
    case TokenKind::kEqualRegex:
    case TokenKind::kNotRegex:
      return "<op:" + text + ">";
    case TokenKind::kAt:
      return "\"<Item 57400>\" <op:@>";  // Prometheus has no name for this one
    case TokenKind::kAggregateOp:
      return "<aggr:" + text + ">";
    case TokenKind::kOffset:
    case TokenKind::kBy:
    case TokenKind::kWithout:
    case TokenKind::kOn:
    case TokenKind::kIgnoring:
    case TokenKind::kGroupLeft:
    case TokenKind::kGroupRight:
    case TokenKind::kBool:
      return "<" + text + ">";
    default:
      return model::Quote(text);
  }
}

std::vector<Token> Tokenize(std::string_view input) { return Lexer(input).Run(); }

}  // namespace tocsin::promql
