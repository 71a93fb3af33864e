// nginx's log_format, taken apart: literal texts and variables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tocsin::parse {

/// How nginx writes what a variable holds (the directive's parameter `escape`).
enum class Escape : uint8_t {
  kDefault,  ///< '"', '\' and bytes outside ASCII's printable ones as \xHH; an unset variable is "-"
  kJson,     ///< as JSON wants it in a string; an unset variable is empty
  kNone,     ///< as it stands; an unset variable is empty
};
std::string_view EscapeName(Escape escape);

struct LogFormat {
  /// Literals and variables; no literal is empty or follows another.
  struct Piece {
    enum class Kind : uint8_t { kLiteral, kVariable };
    Kind kind;
    std::string text;  ///< the literal, or the variable's name without '$' and braces
  };

  std::string name;  ///< as in nginx.conf, or "" for one that was given as it is
  Escape escape = Escape::kDefault;
  std::vector<Piece> pieces;

  /// The format as one string, variables with '$'.
  std::string ToString() const;
  /// Its lines are JSON objects.
  bool IsJson() const;
};

/// Reads a format as nginx's source does (ngx_http_log_compile_format). The string may begin with
/// "escape=json " and the like, or be a whole directive: "log_format NAME [escape=…] '…' '…';". Errors:
/// kInvalidArgument with the column in `text`.
Result<LogFormat> ParseLogFormat(std::string_view text);

/// Adds the pieces of one string of the directive. Errors as above.
Status AppendPieces(std::string_view text, LogFormat& format);

/// "default", "json" or "none".
Result<Escape> ParseEscape(std::string_view name);

}  // namespace tocsin::parse
