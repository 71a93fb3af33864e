// Template text to tokens. Plain text and comments are handled here, trim markers included; inside {{ }}
// spaces are tokens, since ".a.b" and ".a .b" differ.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::templating {

enum class TokenKind {
  kError,  ///< text is the message; the last token
  kEof,
  kText,  ///< between actions, trimmed
  kLeftDelim,
  kRightDelim,
  kSpace,
  kIdentifier,  ///< a function's name
  kKeyword,     ///< block break continue define else end if range template with
  kField,       ///< ".Name", the dot included
  kVariable,    ///< "$" or "$name"
  kDot,
  kNil,
  kBool,
  kNumber,
  kChar,       ///< a character constant, quotes included
  kString,     ///< quotes included
  kRawString,  ///< backquotes included
  kAssign,
  kDeclare,
  kPipe,
  kLeftParen,
  kRightParen,
  kPunctuation,  ///< any other ASCII character, such as ','
};

struct Token {
  TokenKind kind = TokenKind::kEof;
  std::string_view text;
  size_t offset = 0;
  std::string message;  ///< of kError
};

/// The whole text at once; always ends with kEof or kError. Tokens point into `text`.
std::vector<Token> Tokenize(std::string_view text);

/// As Go's messages name a token: <if>, "abc", EOF.
std::string Describe(const Token& token);

}  // namespace tocsin::templating
