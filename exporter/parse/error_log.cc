#include "exporter/parse/error_log.h"

#include <algorithm>
#include <array>

#include "exporter/parse/values.h"

namespace tocsin::parse {

namespace {

constexpr std::array<std::string_view, kErrorLevelCount> kLevels = {"emerg", "alert",  "crit", "error",
                                                                    "warn",  "notice", "info", "debug"};
constexpr std::array<std::string_view, kErrorCategoryCount> kCategories = {
    "connection_refused", "timed_out", "no_live_upstreams", "connection_reset", "ssl",
    "client_closed",      "other"};

/// "2026/11/20 20:13:00 ".
bool BeginsWithTime(std::string_view line) {
  constexpr std::string_view kShape = "0000/00/00 00:00:00 ";
  if (line.size() < kShape.size()) return false;
  return std::equal(kShape.begin(), kShape.end(), line.begin(),
                    [](char shape, char c) { return shape == '0' ? IsDigit(c) : shape == c; });
}

bool Take(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix)) return false;
  rest.remove_prefix(prefix.size());
  return true;
}

void TakeDigits(std::string_view& rest) {
  while (!rest.empty() && IsDigit(rest[0])) rest.remove_prefix(1);
}

std::optional<ErrorLevel> TakeLevel(std::string_view& rest) {
  if (!Take(rest, "[")) return std::nullopt;
  const std::string_view word = rest.substr(0, rest.find(']'));
  const auto* const level = std::find(kLevels.begin(), kLevels.end(), word);
  if (level == kLevels.end() || !Take(rest, word) || !Take(rest, "] ")) return std::nullopt;
  return static_cast<ErrorLevel>(level - kLevels.begin());
}

/// "31#31: *17 ": the process, the thread and, when there is one, the connection.
bool TakeOrigin(std::string_view& rest) {
  TakeDigits(rest);
  if (!Take(rest, "#")) return false;
  TakeDigits(rest);
  if (!Take(rest, ": ")) return false;
  std::string_view connection = rest;
  if (Take(connection, "*")) {
    TakeDigits(connection);
    if (Take(connection, " ")) rest = connection;
  }
  return true;
}

bool Has(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

/// The errno's own words come first, since they are the same for all of nginx's messages.
ErrorCategory CategoryOf(std::string_view message) {
  if (Has(message, "no live upstreams")) return ErrorCategory::kNoLiveUpstreams;
  if (Has(message, "(111: ")) return ErrorCategory::kConnectionRefused;
  if (Has(message, "client prematurely closed") || Has(message, "client closed"))
    return ErrorCategory::kClientClosed;
  if (Has(message, "SSL_") || Has(message, "SSL:") || Has(message, "peer closed connection in SSL") ||
      Has(message, "upstream SSL certificate")) {
    return ErrorCategory::kSsl;
  }
  if (Has(message, "(110: ") || Has(message, "timed out")) return ErrorCategory::kTimedOut;
  if (Has(message, "(104: ") || Has(message, "(32: ") || Has(message, "prematurely closed"))
    return ErrorCategory::kConnectionReset;
  if (Has(message, "Connection refused")) return ErrorCategory::kConnectionRefused;
  return ErrorCategory::kOther;
}

/// The value after `name` in the line's fields, whose quotes are taken off.
std::string_view FieldOf(std::string_view fields, std::string_view name, bool quoted) {
  const size_t at = fields.find(name);
  if (at == std::string_view::npos) return {};
  std::string_view value = fields.substr(at + name.size());
  if (!quoted) return value.substr(0, value.find(", "));
  if (!Take(value, "\"")) return {};
  // A request may hold quotes of its own: its value ends where the next field begins, or the line does.
  for (size_t quote = value.find('"'); quote != std::string_view::npos; quote = value.find('"', quote + 1)) {
    if (quote + 1 == value.size() || value.substr(quote + 1, 2) == ", ") return value.substr(0, quote);
  }
  return value;
}

}  // namespace

std::string_view ErrorLevelName(ErrorLevel level) { return kLevels[static_cast<size_t>(level)]; }
std::string_view ErrorCategoryName(ErrorCategory category) {
  return kCategories[static_cast<size_t>(category)];
}

std::string_view UpstreamAddress(std::string_view uri) {
  const size_t scheme = uri.find("://");
  if (scheme != std::string_view::npos) uri.remove_prefix(scheme + 3);
  if (uri.starts_with("unix:")) {
    const size_t end = uri.find(':', 5);  // "unix:/run/app.sock:/path"
    return uri.substr(0, end);
  }
  return uri.substr(0, uri.find('/'));
}

std::optional<ErrorLine> ParseErrorLine(std::string_view line) {
  constexpr size_t kTimeBytes = 19;
  if (!BeginsWithTime(line)) return std::nullopt;
  ErrorLine parsed;
  parsed.time = line.substr(0, kTimeBytes);
  std::string_view rest = line.substr(kTimeBytes + 1);
  const std::optional<ErrorLevel> level = TakeLevel(rest);
  if (!level || !TakeOrigin(rest)) return std::nullopt;
  parsed.level = *level;
  const size_t fields_at = rest.find(", client: ");
  parsed.message = rest.substr(0, fields_at);
  std::string_view fields;
  if (fields_at != std::string_view::npos) {
    fields = rest.substr(fields_at);
  } else if (const size_t upstream = rest.find(", upstream: \""); upstream != std::string_view::npos) {
    fields = rest.substr(upstream);  // a health check or resolver has no client
    parsed.message = rest.substr(0, upstream);
  }
  parsed.category = CategoryOf(parsed.message);
  parsed.client = FieldOf(fields, ", client: ", false);
  parsed.server = FieldOf(fields, ", server: ", false);
  parsed.request = FieldOf(fields, ", request: ", true);
  parsed.upstream = UpstreamAddress(FieldOf(fields, ", upstream: ", true));
  parsed.host = FieldOf(fields, ", host: ", true);
  return parsed;
}

}  // namespace tocsin::parse
