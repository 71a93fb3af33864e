#include <algorithm>

#include "alerting/config/scrape_config.h"

namespace tocsin::config {
namespace {

/// A secret under `key` or in the file under `key`_file.
SecretSource ReadSecret(yaml::MappingReader& in, const std::string& key, const ReadContext& context) {
  std::string value;
  std::string file;
  const bool has_value = in.Optional(key, value);
  const bool has_file = in.Optional(key + "_file", file);
  if (has_value && has_file) {
    in.Fail(*in.node().Find(key + "_file"),
            "at most one of " + key + " and " + key + "_file must be configured");
  }
  return {Secret(std::move(value)), ResolvePath(context, file)};
}

collect::TransportOptions::Basic ReadBasicAuth(const yaml::Node& node, const ReadContext& context) {
  collect::TransportOptions::Basic basic;
  yaml::MappingReader in(node, context.errors);
  in.Optional("username", basic.username);
  basic.password = ReadSecret(in, "password", context);
  for (const char* key : {"username_file", "username_ref", "password_ref"}) in.Unsupported(key);
  in.Finish();
  return basic;
}

collect::TransportOptions::Authorization ReadAuthorization(const yaml::Node& node,
                                                           const ReadContext& context) {
  collect::TransportOptions::Authorization authorization;
  yaml::MappingReader in(node, context.errors);
  in.Optional("type", authorization.type);
  authorization.credentials = ReadSecret(in, "credentials", context);
  in.Unsupported("credentials_ref");
  in.Finish();
  std::string lower = authorization.type;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  if (lower == "basic") {
    in.Fail(*node.Find("type"), "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
  }
  if (authorization.type.empty()) authorization.type = "Bearer";
  return authorization;
}

collect::TransportOptions::Tls ReadTls(const yaml::Node& node, const ReadContext& context) {
  collect::TransportOptions::Tls tls;
  yaml::MappingReader in(node, context.errors);
  in.Optional("ca_file", tls.ca_file);
  in.Optional("cert_file", tls.cert_file);
  in.Optional("key_file", tls.key_file);
  in.Optional("server_name", tls.server_name);
  in.Optional("insecure_skip_verify", tls.insecure_skip_verify);
  for (const char* key :
       {"ca", "cert", "key", "ca_ref", "cert_ref", "key_ref", "min_version", "max_version"}) {
    in.Unsupported(key);
  }
  in.Finish();
  if (tls.cert_file.empty() != tls.key_file.empty() && node.Find("cert") == nullptr &&
      node.Find("key") == nullptr) {
    in.Fail(node, "cert_file and key_file must be configured together");
  }
  for (std::string* path : {&tls.ca_file, &tls.cert_file, &tls.key_file}) *path = ResolvePath(context, *path);
  return tls;
}

bool IsThere(const yaml::Node* node) { return node != nullptr && node->kind != yaml::Kind::kNull; }

/// Of the ways to authenticate, the one that is written; two are a fault.
void ReadAuthentication(yaml::MappingReader& in, collect::TransportOptions& transport,
                        const ReadContext& context) {
  const yaml::Node* basic = in.Take("basic_auth");
  const yaml::Node* authorization = in.Take("authorization");
  if (IsThere(basic)) transport.basic_auth = ReadBasicAuth(*basic, context);
  if (IsThere(authorization)) transport.authorization = ReadAuthorization(*authorization, context);
  SecretSource token = ReadSecret(in, "bearer_token", context);
  if (IsThere(basic) && IsThere(authorization)) {
    in.Fail(*authorization, "at most one of basic_auth, oauth2 & authorization must be configured");
  }
  if (token.empty()) return;
  if (IsThere(authorization)) {
    in.Fail(*authorization, "authorization is not compatible with bearer_token & bearer_token_file");
  }
  if (IsThere(basic)) {
    in.Fail(*basic, "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
  }
  transport.authorization = collect::TransportOptions::Authorization{"Bearer", std::move(token)};
}

}  // namespace

collect::TransportOptions ReadTransport(yaml::MappingReader& in, const ReadContext& context) {
  collect::TransportOptions transport;
  ReadAuthentication(in, transport, context);
  if (const yaml::Node* tls = in.Take("tls_config"); IsThere(tls)) transport.tls = ReadTls(*tls, context);
  in.Optional("proxy_url", transport.proxy_url);
  in.Optional("follow_redirects", transport.follow_redirects);
  in.Optional("enable_compression", transport.enable_compression);
  ExpectValue(in, "enable_http2", "false", context);
  ExpectValue(in, "proxy_from_environment", "false", context);
  for (const char* key : {"oauth2", "no_proxy", "proxy_connect_header", "http_headers"}) in.Unsupported(key);
  return transport;
}

}  // namespace tocsin::config
