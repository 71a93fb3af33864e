#include "alerting/config/http_config.h"

#include <fmt/format.h>

#include "alerting/config/receivers.h"
#include "base/files.h"

namespace tocsin::config {
namespace {

using yaml::IsSet;
using yaml::MappingReader;
using yaml::Node;

bool IsHttpUrl(std::string_view url) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) {
      return url.size() > scheme.size() && url.find_first_of(" \t\r\n") == std::string_view::npos &&
             url[scheme.size()] != '/';
    }
  }
  return false;
}

void ReadPath(MappingReader& in, std::string_view key, const std::string& file, std::string& out) {
  if (in.Optional(key, out) && !out.empty()) out = RelativeTo(file, out).string();
}

void ReadBasicAuth(const Node& node, notify::HttpOptions& options, const std::string& file, Errors& errors) {
  MappingReader in(node, errors);
  in.Optional("username", options.basic_username);
  options.basic_password = ReadSecret(in, "password", "password_file", file);
  for (std::string_view key : {"username_file", "username_ref", "password_ref"}) NotSupported(in, key);
  in.Finish();
}

void ReadAuthorization(const Node& node, notify::HttpOptions& options, const std::string& file,
                       Errors& errors) {
  MappingReader in(node, errors);
  in.Optional("type", options.authorization_type);
  options.authorization = ReadSecret(in, "credentials", "credentials_file", file);
  NotSupported(in, "credentials_ref");
  in.Finish();
  if (options.authorization_type == "Basic" || options.authorization_type == "basic") {
    in.Fail(node, "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
  }
}

}  // namespace

SecretSource ReadSecret(MappingReader& in, std::string_view key, std::string_view file_key,
                        const std::string& file) {
  SecretSource source;
  std::string value;
  in.Optional(key, value);
  ReadPath(in, file_key, file, source.file);
  if (!value.empty() && !source.file.empty()) {
    in.Fail(*in.Take(file_key), fmt::format("at most one of {} & {} must be configured", key, file_key));
  }
  source.value = Secret(std::move(value));
  return source;
}

SecretSource ReadSecretUrl(MappingReader& in, std::string_view key, std::string_view file_key,
                           const std::string& file) {
  SecretSource source = ReadSecret(in, key, file_key, file);
  if (!source.value.empty() && !IsHttpUrl(source.value.Reveal())) {
    in.Fail(*in.Take(key), fmt::format("{} is not an http or https URL (the value is not shown)", key));
  }
  return source;
}

http::TlsClientOptions ReadTlsConfig(MappingReader& in, const http::TlsClientOptions& defaults,
                                     const std::string& file, Errors& errors, std::string_view key) {
  const Node* node = in.Take(key);
  if (!IsSet(node)) return defaults;
  http::TlsClientOptions tls;
  MappingReader options(*node, errors);
  ReadPath(options, "ca_file", file, tls.ca_file);
  ReadPath(options, "cert_file", file, tls.cert_file);
  ReadPath(options, "key_file", file, tls.key_file);
  options.Optional("server_name", tls.server_name);
  bool skip = false;
  options.Optional("insecure_skip_verify", skip);
  tls.verify = !skip;
  for (std::string_view later :
       {"ca", "cert", "key", "ca_ref", "cert_ref", "key_ref", "min_version", "max_version"}) {
    NotSupported(options, later);
  }
  options.Finish();
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    options.Fail(*node,
                 "exactly one of key or key_file and one of cert or cert_file must be configured together");
  }
  return tls;
}

notify::HttpOptions ReadHttpConfig(MappingReader& in, const notify::HttpOptions& defaults,
                                   const std::string& file, Errors& errors) {
  const Node* node = in.Take("http_config");
  if (!IsSet(node)) return defaults;
  notify::HttpOptions options;
  MappingReader http(*node, errors);
  const Node* basic = http.Take("basic_auth");
  const Node* authorization = http.Take("authorization");
  SecretSource bearer = ReadSecret(http, "bearer_token", "bearer_token_file", file);
  if (IsSet(basic)) ReadBasicAuth(*basic, options, file, errors);
  if (IsSet(authorization)) ReadAuthorization(*authorization, options, file, errors);
  if (IsSet(basic) + IsSet(authorization) + !bearer.empty() > 1) {
    http.Fail(*node, "at most one of basic_auth, authorization & bearer_token must be configured");
  }
  if (!bearer.empty()) options.authorization = bearer;
  options.tls = ReadTlsConfig(http, {}, file, errors);
  http.Optional("follow_redirects", options.follow_redirects);
  http.Take("enable_http2");  // the client speaks the version that both sides have
  http.Optional("proxy_url", options.proxy_url);
  for (std::string_view key :
       {"oauth2", "no_proxy", "proxy_from_environment", "proxy_connect_header", "http_headers"}) {
    NotSupported(http, key);
  }
  http.Finish();
  return options;
}

}  // namespace tocsin::config
