#include "exporter/parse/line_parser.h"

#include <array>

#include "exporter/parse/json_parser.h"

namespace tocsin::parse {

std::string_view LineFaultName(LineFault fault) {
  static constexpr std::array<std::string_view, kLineFaultCount> kNames = {
      "none",     "empty_value", "bare_value", "bad_escape", "bad_number", "empty_line",
      "not_json", "truncated",   "syntax",     "no_status",  "too_long"};
  return kNames[static_cast<size_t>(fault)];
}

Result<std::unique_ptr<LineParser>> MakeLineParser(std::string_view format) {
  if (format == "json" || format == "auto") return std::make_unique<JsonParser>();
  return Fail(ErrorCode::kUnsupported,
              "--nginx.log-format=" + std::string(format) + " is not supported yet; json and auto are");
}

}  // namespace tocsin::parse
