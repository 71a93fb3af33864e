// Reads a body that arrives in pieces, cut anywhere, as a Parser reads it when it is whole: the same entries,
// and the same error at the same place. Of what was read it keeps nothing; a line that a piece's end cuts in
// two waits for the rest of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "alerting/collect/exposition/parser.h"

namespace tocsin::collect {

/// Not thread safe.
class PieceParser {
 public:
  explicit PieceParser(BodyFormat format) : parser_(format) { parser_.Continue({}, false); }

  /// The body's next bytes: at the start, and whenever Next() gave kMore, until when they are looked at.
  void Add(std::string_view piece) { piece_ = piece; }
  /// Nothing follows, instead of a further Add(): Next() comes to kEnd or an error.
  void End();

  /// As the Parser's.
  bool TakeKnown(std::string_view guess) {
    return parser_.TakeKnown(guess) || (parser_.left().empty() && Advance() && parser_.TakeKnown(guess));
  }
  Result<Parser::Entry> Next();
  /// What the entry holds; valid until anything else is called.
  const Parser& entry() const { return parser_; }

 private:
  bool Advance();
  void TakeBack();
  void Keep(size_t bytes);

  Parser parser_;
  std::string_view piece_;  // what the parser has not been given
  std::string kept_;        // what stands before piece_ and is not read
  size_t given_ = 0;        // how much of kept_ the parser has been given; if none, it reads from the piece
  size_t wanted_ = 0;       // how long kept_ has to be before it is worth another look
  bool ended_ = false;
};

}  // namespace tocsin::collect
