// Any body, in both formats (the first byte says which): the same entries whatever the parser's caller
// guesses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "alerting/collect/exposition/parser.h"

namespace {

using tocsin::collect::BodyFormat;
using tocsin::collect::Parser;

/// What the parser makes of the body; each guess is the series before, or none.
std::string Read(std::string_view body, BodyFormat format, bool guess) {
  Parser parser(body, format);
  std::string out;
  std::string last;
  for (;;) {
    const bool known = guess && parser.TakeKnown(last);
    const auto entry = known ? tocsin::Result<Parser::Entry>(Parser::Entry::kSample) : parser.Next();
    if (!entry) return out + entry.error().ToString();
    if (*entry == Parser::Entry::kEnd) return out;
    if (*entry != Parser::Entry::kSample) {
      out += parser.name() + parser.text();
      continue;
    }
    out += parser.series();
    const double value = parser.value();
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
    if (const auto time = parser.timestamp()) out += std::to_string(time->millis());
    if (const auto& exemplar = parser.exemplar()) {
      if (exemplar->labels.size() > body.size()) std::abort();
      out += parser.exemplar_text();
    }
    out += '\n';
    const auto labels = parser.ReadLabels();
    if (!labels) return out + labels.error().ToString();
    last = parser.series();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const BodyFormat format = data[0] % 2 == 0 ? BodyFormat::kText : BodyFormat::kOpenMetrics;
  if (Read(body, format, false) != Read(body, format, true)) std::abort();
  return 0;
}
