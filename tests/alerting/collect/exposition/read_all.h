// What a parser makes of a body, as text: its entries one after another, and the error at the end if there is
// one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "alerting/collect/exposition/parser.h"
#include "alerting/collect/exposition/pieces.h"

namespace tocsin::collect {

/// The line of an entry; its labels' error, if they have one, goes to `fault`.
inline std::string ShowEntry(Parser::Entry kind, const Parser& entry, std::string& fault) {
  if (kind != Parser::Entry::kSample) {
    return std::to_string(static_cast<int>(kind)) + " " + entry.name() + " " + entry.text() + "\n";
  }
  std::string out(entry.series());
  const double value = entry.value();
  out.append(" ").append(reinterpret_cast<const char*>(&value), sizeof(value));
  if (const auto time = entry.timestamp()) out += " at " + std::to_string(time->millis());
  if (entry.exemplar()) out.append(" ").append(entry.exemplar_text());
  if (const auto labels = entry.ReadLabels(); !labels) fault = labels.error().ToString();
  return out + "\n";
}

/// `guess` that each series is that of before.
inline std::string ReadWhole(std::string_view body, BodyFormat format, bool guess) {
  Parser parser(body, format);
  std::string out;
  std::string fault;
  std::string last;
  while (fault.empty()) {
    const bool known = guess && parser.TakeKnown(last);
    const Result<Parser::Entry> entry = known ? Parser::Entry::kSample : parser.Next();
    if (!entry) return out + entry.error().ToString();
    if (*entry == Parser::Entry::kEnd) return out;
    out += ShowEntry(*entry, parser, fault);
    if (*entry == Parser::Entry::kSample) last = parser.series();
  }
  return out + fault;
}

/// The same of a body that comes in pieces; `next` gives the length of each.
template <typename Next>
std::string ReadPieces(std::string_view body, BodyFormat format, bool guess, Next next) {
  PieceParser parser(format);
  std::string out;
  std::string fault;
  std::string last;
  std::string piece;  // not the body itself: what is read after its time is to be noticed
  for (bool ended = false; fault.empty();) {
    const bool known = guess && parser.TakeKnown(last);
    const Result<Parser::Entry> entry = known ? Parser::Entry::kSample : parser.Next();
    if (!entry) return out + entry.error().ToString();
    if (*entry == Parser::Entry::kEnd) return out;
    if (*entry != Parser::Entry::kMore) {
      out += ShowEntry(*entry, parser.entry(), fault);
      if (*entry == Parser::Entry::kSample) last = parser.entry().series();
    } else if (ended) {
      return out + "more after the end?";
    } else if (body.empty()) {
      ended = true;
      parser.End();
    } else {
      const size_t length = std::clamp<size_t>(next(), 1, body.size());
      piece = std::string(body.substr(0, length));
      body.remove_prefix(length);
      parser.Add(piece);
    }
  }
  return out + fault;
}

}  // namespace tocsin::collect
