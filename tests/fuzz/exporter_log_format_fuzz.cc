// A log_format and lines: each format compiles or is refused with its column, and whatever a line holds,
// values lie within it and in the order of their variables; nginx.conf's language is read or refused.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/parse/conf_tokens.h"
#include "exporter/parse/format_matcher.h"
#include "exporter/parse/format_parser.h"

namespace {

using namespace tocsin::parse;

void TryLine(const LogFormat& format, const std::string& line) {
  const FormatMatcher matcher(format);
  std::vector<std::string_view> values(matcher.variables().size());
  MatchFailure failure;
  if (!matcher.Match(line, values, failure)) {
    if (failure.column > line.size() || failure.piece > format.pieces.size()) std::abort();
    return;
  }
  const char* at = line.data();
  for (const std::string_view value : values) {
    if (value.data() < at || value.data() + value.size() > line.data() + line.size()) std::abort();
    at = value.data() + value.size();
  }
  LogRecord record;
  (void)FormatParser(format, NameMap()).Parse(line, record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t newline = std::min(text.find('\n'), text.size());
  std::vector<ConfDirective> directives;
  (void)ReadDirectives(text, "fuzz", directives);
  const auto format = ParseLogFormat(text.substr(0, newline));
  if (!format) return 0;
  for (std::string_view rest = text.substr(newline); !rest.empty();) {
    rest.remove_prefix(1);
    const std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(line.size());
    TryLine(*format, line);
  }
  return 0;
}
