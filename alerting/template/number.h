// Numbers and quoted strings as Go's strconv writes and reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::templating {

/// strconv.FormatFloat(value, verb, precision, 64): verb is one of e E f g G; precision -1 means as many
/// digits as tell the value from its neighbours ('g' then has an exponent below 1e-4 and from 1e+06 on).
std::string FormatFloat(double value, char verb, int precision);

/// strconv.ParseFloat and ParseInt(text, 0, 64); nullopt when the whole text is no such number.
std::optional<double> ParseFloat(std::string_view text);
std::optional<int64_t> ParseInt(std::string_view text);

/// strconv.Quote, and QuoteToASCII.
std::string QuoteGo(std::string_view text, bool ascii_only = false);
/// Of an interpreted string or character constant without its quotes; nullopt for a bad escape.
std::optional<std::string> UnquoteGo(std::string_view body, char quote);

/// Decodes one rune at `pos` and moves it on; an invalid byte gives U+FFFD and moves by one.
char32_t DecodeRune(std::string_view text, size_t& pos);
void AppendRune(std::string& out, char32_t rune);
/// unicode.IsPrint for what templates meet: everything but controls, separators and surrogates.
bool IsPrintRune(char32_t rune);

}  // namespace tocsin::templating
