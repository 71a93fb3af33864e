#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "alerting/config/client_config.h"
#include "alerting/config/scrape_config.h"

namespace tocsin::config {
namespace {

using collect::TransportOptions;

std::string InLowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

/// A value under `key`, or the name of its file under `key`_file.
SecretSource ReadSecret(yaml::MappingReader& in, const std::string& key, const ReadContext& context) {
  std::string value;
  std::string file;
  in.Optional(key, value);
  in.Optional(key + "_file", file);
  in.Unsupported(key + "_ref", "this version has no secret managers");
  if (!value.empty() && !file.empty()) {
    in.Fail(*in.node().Find(key + "_file"),
            "at most one of " + key + " and " + key + "_file must be configured");
  }
  return {Secret(std::move(value)), ResolvePath(context, file)};
}

TransportOptions::Basic ReadBasicAuth(const yaml::Node& node, const ReadContext& context) {
  yaml::MappingReader in(node, context.errors);
  TransportOptions::Basic basic;
  basic.username = ReadSecret(in, "username", context);
  basic.password = ReadSecret(in, "password", context);
  in.Finish();
  return basic;
}

TransportOptions::Authorization ReadAuthorization(const yaml::Node& node, const ReadContext& context) {
  TransportOptions::Authorization authorization;
  yaml::MappingReader in(node, context.errors);
  in.Optional("type", authorization.type);
  authorization.credentials = ReadSecret(in, "credentials", context);
  in.Finish();
  if (InLowerCase(authorization.type) == "basic") {
    in.Fail(*node.Find("type"), "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
  }
  if (authorization.type.empty()) authorization.type = "Bearer";
  return authorization;
}

TransportOptions::Tls ReadTls(const yaml::Node& node, const ReadContext& context) {
  TransportOptions::Tls tls;
  yaml::MappingReader in(node, context.errors);
  tls.ca = ReadSecret(in, "ca", context);
  tls.cert = ReadSecret(in, "cert", context);
  tls.key = ReadSecret(in, "key", context);
  in.Optional("server_name", tls.server_name);
  in.Optional("insecure_skip_verify", tls.insecure_skip_verify);
  tls.min_version = ReadTlsVersion(in, "min_version");
  tls.max_version = ReadTlsVersion(in, "max_version");
  in.Finish();
  if (tls.max_version != 0 && tls.min_version > tls.max_version) {
    in.Fail(*node.Find("max_version"), "tls_config.max_version must be greater than or equal to min_version");
  }
  if (tls.cert.empty() != tls.key.empty()) {
    in.Fail(node,
            fmt::format("exactly one of {} or {}_file must be configured when a client {} is configured",
                        tls.cert.empty() ? "cert" : "key", tls.cert.empty() ? "cert" : "key",
                        tls.cert.empty() ? "key" : "certificate"));
  }
  return tls;
}

/// Of the ways to authenticate, the one that is written; two are a fault.
void ReadAuthentication(yaml::MappingReader& in, TransportOptions& transport, const ReadContext& context) {
  const yaml::Node* basic = in.Take("basic_auth");
  const yaml::Node* authorization = in.Take("authorization");
  if (yaml::IsSet(basic)) transport.basic_auth = ReadBasicAuth(*basic, context);
  if (yaml::IsSet(authorization)) transport.authorization = ReadAuthorization(*authorization, context);
  in.Unsupported("oauth2");
  std::string value;
  std::string file;
  in.Optional("bearer_token", value);
  in.Optional("bearer_token_file", file);
  if (!value.empty() && !file.empty()) {
    in.Fail(*in.node().Find("bearer_token_file"),
            "at most one of bearer_token & bearer_token_file must be configured");
  }
  const SecretSource token{Secret(std::move(value)), ResolvePath(context, file)};
  if (yaml::IsSet(basic) && yaml::IsSet(authorization)) {
    in.Fail(*authorization, "at most one of basic_auth, oauth2 & authorization must be configured");
  }
  if (token.empty()) return;
  if (yaml::IsSet(authorization)) {
    in.Fail(*authorization, "authorization is not compatible with bearer_token & bearer_token_file");
  }
  if (yaml::IsSet(basic)) {
    in.Fail(*basic, "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
  }
  transport.authorization = TransportOptions::Authorization{"Bearer", token};
}

/// Each "%" of a URL begins two hexadecimal digits.
bool HasGoodEscapes(std::string_view url) {
  auto is_hex = [&](size_t at) {
    return at < url.size() && std::isxdigit(static_cast<unsigned char>(url[at])) != 0;
  };
  for (size_t at = url.find('%'); at != std::string_view::npos; at = url.find('%', at + 1)) {
    if (!is_hex(at + 1) || !is_hex(at + 2)) return false;
  }
  return true;
}

void ReadProxy(yaml::MappingReader& in, TransportOptions::Proxy& proxy) {
  ProxyKeys keys = ReadProxyKeys(in);
  if (!HasGoodEscapes(keys.url)) {
    in.Fail(*in.Take("proxy_url"), "invalid escape in the URL of the proxy");
  }
  proxy.url = std::move(keys.url);
  proxy.no_proxy = std::move(keys.no_proxy);
  proxy.from_environment = keys.from_environment;
  for (auto& [name, value] : keys.connect_headers) {
    proxy.connect_headers[name].push_back(std::move(value));
  }
}

void ReadHeaders(const yaml::Node& node, TransportOptions& transport, const ReadContext& context) {
  auto refuse = [&](const yaml::Node& at, std::string message) {
    context.errors.emplace_back(ErrorCode::kInvalidArgument, std::move(message), at.position);
  };
  if (node.kind != yaml::Kind::kMapping) return refuse(node, "expected a mapping of headers");
  for (const yaml::Node::Entry& entry : node.entries) {
    if (IsReservedHeader(entry.key))
      refuse(entry.value, fmt::format("setting header \"{}\" is not allowed", entry.key));
    transport.headers[entry.key] = ReadHeaderValues(
        entry.value, context.errors, [&](const std::string& name) { return ResolvePath(context, name); });
  }
}

}  // namespace

collect::TransportOptions ReadTransport(yaml::MappingReader& in, const ReadContext& context) {
  TransportOptions transport;
  ReadAuthentication(in, transport, context);
  if (const yaml::Node* tls = in.Take("tls_config"); yaml::IsSet(tls)) transport.tls = ReadTls(*tls, context);
  ReadProxy(in, transport.proxy);
  if (const yaml::Node* headers = in.Take("http_headers"); yaml::IsSet(headers)) {
    ReadHeaders(*headers, transport, context);
  }
  in.Optional("follow_redirects", transport.follow_redirects);
  in.Optional("enable_http2", transport.enable_http2);
  return transport;
}

}  // namespace tocsin::config
