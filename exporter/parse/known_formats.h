// Formats that have a name without anyone's configuration.
#pragma once

#include <span>
#include <string_view>

namespace tocsin::parse {

struct KnownFormat {
  std::string_view name;
  std::string_view text;  ///< as ParseLogFormat() takes it
};

/// "combined", which nginx knows itself; "common" (the same without referer and agent); "main" of nginx's
/// shipped nginx.conf; "main_ext" of its documentation for monitoring; "upstreaminfo" of ingress-nginx. No
/// line has two of them. "json" is not among them: it is any JSON, whatever its keys.
std::span<const KnownFormat> KnownFormats();
/// Null when there is none of that name.
const KnownFormat* FindKnownFormat(std::string_view name);

}  // namespace tocsin::parse
