#include "alerting/collect/exposition/pieces.h"

namespace tocsin::collect {

void PieceParser::End() {
  Keep(piece_.size());
  ended_ = true;
  parser_.Continue(kept_, true);
}

Result<Parser::Entry> PieceParser::Next() {
  for (;;) {
    Result<Parser::Entry> entry = parser_.Next();
    if (!entry || *entry != Parser::Entry::kMore || !Advance()) return entry;
  }
}

/// Before the lines that the parser had go away. What it left of them is the start of an entry that goes on
/// behind them.
void PieceParser::TakeBack() {
  const std::string left(parser_.left());
  parser_.Continue({}, false);
  if (given_ > 0) {
    kept_.erase(0, given_ - left.size());
  } else if (left.empty()) {
    return;
  } else {
    kept_ = left;
  }
  given_ = 0;
  // Twice as much each time, so that quotes that are never closed are not read again with every piece.
  wanted_ = left.empty() ? 0 : 2 * kept_.size();
}

/// Gives the parser the next whole lines; false when the piece has no more of them.
bool PieceParser::Advance() {
  if (ended_) return false;
  TakeBack();
  if (kept_.empty()) {
    const size_t end = piece_.rfind('\n') + 1;
    if (end == 0) {
      Keep(piece_.size());
      return false;
    }
    parser_.Continue(piece_.substr(0, end), false);
    piece_.remove_prefix(end);
    return true;
  }
  const size_t line = piece_.find('\n') + 1;
  Keep(wanted_ == 0 && line > 0 ? line : piece_.size());
  if (wanted_ == 0 ? line == 0 : kept_.size() < wanted_) return false;
  given_ = kept_.rfind('\n') + 1;
  parser_.Continue(std::string_view(kept_).substr(0, given_), false);
  return true;
}

void PieceParser::Keep(size_t bytes) {
  kept_ += piece_.substr(0, bytes);
  piece_.remove_prefix(bytes);
}

}  // namespace tocsin::collect
