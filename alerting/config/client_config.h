// What the HTTP clients of a prometheus.yml and of an alertmanager.yml have in common: both files write it
// as prometheus/common does. Private to the room.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

/// "TLS12" to 12; 0 when there is none.
int ReadTlsVersion(yaml::MappingReader& in, std::string_view key);

struct ProxyKeys {
  std::string url;
  std::string no_proxy;
  bool from_environment = false;
  std::vector<std::pair<std::string, Secret>> connect_headers;
};
/// proxy_url and its neighbours, with what they forbid each other.
ProxyKeys ReadProxyKeys(yaml::MappingReader& in);

/// The values of one of http_headers: `values`, `secrets`, and `files` by their paths.
using PathOf = std::function<std::string(const std::string& name)>;
std::vector<SecretSource> ReadHeaderValues(const yaml::Node& node, Errors& errors, const PathOf& path_of);

/// A header that the client or other keys set.
bool IsReservedHeader(std::string_view name);

}  // namespace tocsin::config
