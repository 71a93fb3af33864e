#include "exporter/parse/line_parser.h"

#include <array>

namespace tocsin::parse {

std::string_view LineFaultName(LineFault fault) {
  static constexpr std::array<std::string_view, kLineFaultCount> kNames = {
      "none",      "empty_value", "bare_value", "bad_escape",     "bad_number", "empty_line", "not_json",
      "truncated", "syntax",      "mismatch",   "unknown_format", "no_status",  "too_long"};
  return kNames[static_cast<size_t>(fault)];
}

}  // namespace tocsin::parse
