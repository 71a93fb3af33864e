// Text to tokens, with Prometheus' rules for where a word is a keyword, a name or a duration.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

enum class TokenKind {
  kEnd,
  kError,             ///< `text` is the message
  kIdentifier,        ///< [a-zA-Z_][a-zA-Z0-9_]*
  kMetricIdentifier,  ///< with a colon in it
  kString,            ///< `text` with its quotes
  kNumber,
  kDuration,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kAt,
  kEqual,        ///< =
  kEqualRegex,   ///< =~
  kNotRegex,     ///< !~
  kBinaryOp,     ///< with `code` a BinaryOp; != is one, in braces too
  kAggregateOp,  ///< with `code` an AggregateOp
  kOffset,
  kBy,
  kWithout,
  kOn,
  kIgnoring,
  kGroupLeft,
  kGroupRight,
  kBool,
  kStartWord,
  kEndWord,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  Span span;
  int code = 0;

  bool Is(BinaryOp op) const { return kind == TokenKind::kBinaryOp && code == static_cast<int>(op); }
  /// As Prometheus' messages name it: `identifier "x"`, `<by>`, `","`, `end of input`.
  std::string Describe() const;
};

/// All tokens; the last is kEnd, or the kError at which reading stopped.
std::vector<Token> Tokenize(std::string_view input);

}  // namespace tocsin::promql
