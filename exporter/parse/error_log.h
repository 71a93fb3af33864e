// Lines of nginx's error log.
//
//   2026/11/20 20:13:00 [error] 31#31: *17 connect() failed (111: Connection refused) while connecting to
//   upstream, client: 192.0.2.1, server: _, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8081/",
//   host: "example.com"
//
// Messages of scripts behind FastCGI may run over several lines; nginx cuts a line at 2048 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace tocsin::parse {

enum class ErrorLevel : uint8_t { kEmerg, kAlert, kCrit, kError, kWarn, kNotice, kInfo, kDebug };
inline constexpr size_t kErrorLevelCount = 8;
/// nginx's word: "emerg", "error" …
std::string_view ErrorLevelName(ErrorLevel level);

/// What kind of trouble a message tells of.
enum class ErrorCategory : uint8_t {
  kConnectionRefused,
  kTimedOut,
  kNoLiveUpstreams,
  kConnectionReset,  ///< reset, broken pipe, or closed before the answer was whole
  kSsl,
  kClientClosed,
  kOther,
};
inline constexpr size_t kErrorCategoryCount = 7;
/// "connection_refused", "no_live_upstreams" …
std::string_view ErrorCategoryName(ErrorCategory category);

/// Views into the line. What the line does not have is empty.
struct ErrorLine {
  std::string_view time;  ///< "2026/11/20 20:13:00", in the server's zone
  ErrorLevel level = ErrorLevel::kError;
  ErrorCategory category = ErrorCategory::kOther;
  std::string_view message;  ///< up to the first of the fields below
  std::string_view client;
  std::string_view server;
  std::string_view request;
  std::string_view
      upstream;  ///< the address as $upstream_addr has it: "127.0.0.1:8081", "unix:/run/app.sock"
  std::string_view host;
};

/// nullopt when the line does not begin as an error log's line does: then it continues the one before, or is
/// of another file. Allocates nothing.
std::optional<ErrorLine> ParseErrorLine(std::string_view line);

/// The address in a URI as nginx writes it for an upstream: "http://127.0.0.1:8081/path",
/// "fastcgi://unix:/run/php.sock:", "127.0.0.1:8081" (of streams).
std::string_view UpstreamAddress(std::string_view uri);

}  // namespace tocsin::parse
