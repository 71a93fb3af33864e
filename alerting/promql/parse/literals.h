// What stands between quotes and in numbers, by Go's rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tocsin::promql {

/// The literal at the start of a text: its length with both quotes and what it says, or what is wrong with
/// it.
struct QuotedString {
  size_t length = 0;
  std::string value;
  std::string error;  ///< Prometheus' wording; empty when all is well
};

/// `text` starts with ", ' or `. The quote itself and Go's escapes may be escaped, a newline only stands in
/// `.
QuotedString ReadQuoted(std::string_view text);

/// A code point as UTF-8.
void AppendUtf8(std::string& out, uint32_t rune);
/// Bytes of the UTF-8 sequence at the start; 1 for a byte that starts none. `text` is not empty.
size_t RuneLength(std::string_view text);
/// The first rune in single quotes, as Go's %q shows it.
std::string QuoteRune(std::string_view text);

/// Decimal, octal ("010" is 8), hexadecimal, with '_', with a fraction and exponent, inf, nan.
Result<double> ParseNumber(const std::string& text);

}  // namespace tocsin::promql
