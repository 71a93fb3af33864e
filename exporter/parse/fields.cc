#include "exporter/parse/fields.h"

#include <array>

namespace tocsin::parse {

namespace {

struct Name {
  std::string_view text;
  Field field;
};

// The first name of each field is the one that FieldName gives.
constexpr std::array kNames = {
    Name{"time", Field::kTime},
    Name{"time_iso8601", Field::kTime},
    Name{"time_local", Field::kTime},
    Name{"timestamp", Field::kTime},
    Name{"@timestamp", Field::kTime},
    Name{"ts", Field::kTime},
    Name{"msec", Field::kMsec},
    Name{"remote_addr", Field::kRemoteAddr},
    Name{"client", Field::kRemoteAddr},
    Name{"client_ip", Field::kRemoteAddr},
    Name{"remote_ip", Field::kRemoteAddr},
    Name{"host", Field::kHost},
    Name{"http_host", Field::kHost},
    Name{"server_name", Field::kHost},
    Name{"request", Field::kRequest},
    Name{"request_method", Field::kMethod},
    Name{"method", Field::kMethod},
    Name{"uri", Field::kUri},
    Name{"request_uri", Field::kUri},
    Name{"path", Field::kUri},
    Name{"status", Field::kStatus},
    Name{"body_bytes_sent", Field::kBodyBytesSent},
    Name{"bytes_sent", Field::kBodyBytesSent},
    Name{"bytes", Field::kBodyBytesSent},
    Name{"size", Field::kBodyBytesSent},
    Name{"request_time", Field::kRequestTime},
    Name{"rt", Field::kRequestTime},
    Name{"request_id", Field::kRequestId},
    Name{"upstream_addr", Field::kUpstreamAddr},
    Name{"upstream", Field::kUpstreamAddr},
    Name{"upstream_status", Field::kUpstreamStatus},
    Name{"upstream_response_time", Field::kUpstreamResponseTime},
    Name{"urt", Field::kUpstreamResponseTime},
    Name{"upstream_connect_time", Field::kUpstreamConnectTime},
    Name{"uct", Field::kUpstreamConnectTime},
    Name{"upstream_header_time", Field::kUpstreamHeaderTime},
    Name{"uht", Field::kUpstreamHeaderTime},
    Name{"pool", Field::kPool},
    Name{"app_pool", Field::kPool},
    Name{"upstream_http_x_app_pool", Field::kPool},
    Name{"release", Field::kRelease},
    Name{"release_id", Field::kRelease},
    Name{"upstream_http_x_release_id", Field::kRelease},
};

}  // namespace

std::optional<Field> FieldByName(std::string_view name) {
  for (const Name& known : kNames) {
    if (known.text == name) return known.field;
  }
  return std::nullopt;
}

std::string_view FieldName(Field field) {
  for (const Name& known : kNames) {
    if (known.field == field) return known.text;
  }
  return {};
}

}  // namespace tocsin::parse
