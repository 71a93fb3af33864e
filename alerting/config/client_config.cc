#include "alerting/config/client_config.h"

#include <algorithm>

#include <fmt/format.h>

namespace tocsin::config {
namespace {

using yaml::IsSet;
using yaml::MappingReader;
using yaml::Node;

/// {Name: [value, …]}
void ReadConnectHeaders(const Node& node, MappingReader& in, ProxyKeys& proxy) {
  if (node.kind != yaml::Kind::kMapping) return in.Fail(node, "expected a mapping of header names to lists");
  for (const Node::Entry& entry : node.entries) {
    std::vector<std::string> values;
    if (!in.Check(yaml::Read(entry.value, values))) continue;
    for (std::string& value : values) proxy.connect_headers.emplace_back(entry.key, Secret(std::move(value)));
  }
}

}  // namespace

int ReadTlsVersion(MappingReader& in, std::string_view key) {
  std::string text;
  if (!in.Optional(key, text) || text.empty()) return 0;
  for (int version : {10, 11, 12, 13}) {
    if (text == fmt::format("TLS{}", version)) return version;
  }
  in.Fail(*in.Take(key), fmt::format("unknown TLS version: {}", text));
  return 0;
}

ProxyKeys ReadProxyKeys(MappingReader& in) {
  ProxyKeys proxy;
  in.Optional("proxy_url", proxy.url);
  in.Optional("no_proxy", proxy.no_proxy);
  in.Optional("proxy_from_environment", proxy.from_environment);
  const Node* headers = in.Take("proxy_connect_header");
  if (IsSet(headers)) ReadConnectHeaders(*headers, in, proxy);
  if (proxy.from_environment && !proxy.url.empty()) {
    in.Fail(*in.Take("proxy_from_environment"),
            "if proxy_from_environment is configured, proxy_url must not be configured");
  }
  if (proxy.from_environment && !proxy.no_proxy.empty()) {
    in.Fail(*in.Take("no_proxy"), "if proxy_from_environment is configured, no_proxy must not be configured");
  } else if (proxy.url.empty() && !proxy.no_proxy.empty()) {
    in.Fail(*in.Take("no_proxy"), "if no_proxy is configured, proxy_url must also be configured");
  }
  if (IsSet(headers) && !headers->entries.empty() && proxy.url.empty() && !proxy.from_environment) {
    in.Fail(*headers,
            "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be "
            "configured");
  }
  return proxy;
}

std::vector<SecretSource> ReadHeaderValues(const Node& node, Errors& errors, const PathOf& path_of) {
  std::vector<SecretSource> sources;
  MappingReader in(node, errors);
  for (std::string_view key : {"values", "secrets"}) {
    std::vector<std::string> texts;
    in.Optional(key, texts);
    for (std::string& text : texts) sources.push_back({Secret(std::move(text)), ""});
  }
  std::vector<std::string> files;
  in.Optional("files", files);
  in.Finish();
  for (const std::string& file : files) sources.push_back({Secret(), path_of(file)});
  return sources;
}

bool IsReservedHeader(std::string_view name) {
  // As prometheus/common/config has them.
  constexpr std::string_view kReserved[] = {"accept-encoding",
                                            "authorization",
                                            "connection",
                                            "content-encoding",
                                            "content-length",
                                            "content-type",
                                            "host",
                                            "keep-alive",
                                            "proxy-authenticate",
                                            "proxy-authorization",
                                            "user-agent",
                                            "www-authenticate",
                                            "x-amz-content-sha256",
                                            "x-amz-date",
                                            "x-amz-security-token",
                                            "x-prometheus-remote-read-version",
                                            "x-prometheus-remote-write-version",
                                            "x-prometheus-scrape-timeout-seconds"};
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return std::find(std::begin(kReserved), std::end(kReserved), lower) != std::end(kReserved);
}

}  // namespace tocsin::config
