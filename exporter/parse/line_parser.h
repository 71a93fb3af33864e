// A line to a LogRecord: what every log format's parser is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exporter/lines/line.h"
#include "exporter/parse/log_record.h"

namespace tocsin::parse {

/// What is wrong with a line; the label `reason` of nginx_log_parse_errors_total.
enum class LineFault : uint8_t {
  kNone,
  // The record is good for use, what is wrong is left out of it or taken as it stands:
  kEmptyValue,  ///< a bare value that is empty: "upstream_response_time":,
  kBareValue,   ///< a bare value that JSON doesn't allow, such as nginx's lists: 0.001, 0.002
  kBadEscape,   ///< an escape that neither JSON nor nginx writes; kept as it stands
  kBadNumber,   ///< a number's field holds something else
  // There is no record:
  kEmptyLine,
  kNotJson,        ///< does not begin with '{'
  kTruncated,      ///< ends before its closing brace
  kSyntax,         ///< neither JSON nor what nginx makes of it
  kMismatch,       ///< does not have the log_format
  kUnknownFormat,  ///< of no format that --nginx.log-format=auto knows
  kNoStatus,       ///< no response status in it: not an access log's line
  kTooLong,        ///< longer than 1 MiB: skipped unread
};
inline constexpr size_t kLineFaultCount = 13;

/// "empty_value", "truncated" …
std::string_view LineFaultName(LineFault fault);
/// Whether the record is to be counted.
constexpr bool IsUsable(LineFault fault) { return fault < LineFault::kEmptyLine; }

/// Not thread safe: keeps scratch and what it learned of the format from one line to the next.
class LineParser {
 public:
  virtual ~LineParser() = default;

  /// Fills `record` from one line (without its newline) and says the worst that was wrong with it. `record`
  /// is cleared first and means nothing when the fault is not usable. Allocates nothing once it has seen the
  /// format.
  virtual LineFault Parse(const lines::Line& line, LogRecord& record) = 0;
};

}  // namespace tocsin::parse
