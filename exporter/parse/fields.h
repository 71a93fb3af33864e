// The fields of a log line that we know, and the names that logs give them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin::parse {

enum class Field : uint8_t {
  kTime,
  kMsec,
  kRemoteAddr,
  kHost,
  kRequest,
  kMethod,
  kUri,
  kStatus,
  kBodyBytesSent,
  kRequestTime,
  kRequestId,
  kUpstreamAddr,
  kUpstreamStatus,
  kUpstreamResponseTime,
  kUpstreamConnectTime,
  kUpstreamHeaderTime,
  kPool,
  kRelease,
};
inline constexpr size_t kFieldCount = 18;

/// The field that a JSON key or nginx variable stands for: nginx's own names ("upstream_response_time") and
/// the customary short ones ("urt"). nullopt for names that we make nothing of.
std::optional<Field> FieldByName(std::string_view name);

/// Our name of it, which is nginx's where nginx has one: "upstream_response_time".
std::string_view FieldName(Field field);

}  // namespace tocsin::parse
