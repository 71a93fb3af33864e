#include "alerting/config/http_config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "alerting/config/client_config.h"
#include "alerting/config/receivers.h"
#include "alerting/notify/receivers/mime.h"
#include "base/files.h"

namespace tocsin::config {
namespace {

using yaml::IsSet;
using yaml::MappingReader;
using yaml::Node;

constexpr std::string_view kNoSecretStore = "there is no store of secrets that it could name";

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
  options.basic_username = ReadSecret(in, "username", "username_file", file);
  options.basic_password = ReadSecret(in, "password", "password_file", file);
  for (std::string_view key : {"username_ref", "password_ref"}) NotSupported(in, key, kNoSecretStore);
  in.Finish();
}

void ReadAuthorization(const Node& node, notify::HttpOptions& options, const std::string& file,
                       Errors& errors) {
  MappingReader in(node, errors);
  in.Optional("type", options.authorization_type);
  options.authorization = ReadSecret(in, "credentials", "credentials_file", file);
  NotSupported(in, "credentials_ref", kNoSecretStore);
  in.Finish();
  if (options.authorization_type == "Basic" || options.authorization_type == "basic") {
    in.Fail(node, "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
  }
}

/// The proxy settings among the keys of http_config and oauth2.
notify::ProxyOptions ReadProxyOptions(MappingReader& in) {
  ProxyKeys keys = ReadProxyKeys(in);
  notify::ProxyOptions proxy;
  proxy.url = std::move(keys.url);
  proxy.no_proxy = std::move(keys.no_proxy);
  proxy.from_environment = keys.from_environment;
  proxy.connect_headers = std::move(keys.connect_headers);
  return proxy;
}

notify::OAuthOptions ReadOAuth(const Node& node, const std::string& file, Errors& errors) {
  notify::OAuthOptions oauth;
  MappingReader in(node, errors);
  in.Optional("client_id", oauth.client_id);
  if (oauth.client_id.empty()) in.Fail(node, "oauth2 client_id must be configured");
  oauth.client_secret = ReadSecret(in, "client_secret", "client_secret_file", file);
  in.Optional("token_url", oauth.token_url);
  if (oauth.token_url.empty()) {
    in.Fail(node, "oauth2 token_url must be configured");
  } else if (!IsHttpUrl(oauth.token_url)) {
    in.Fail(*in.Take("token_url"), "token_url is not an http or https URL");
  }
  in.Optional("scopes", oauth.scopes);
  in.Optional("endpoint_params", oauth.endpoint_params);
  oauth.tls = ReadTlsConfig(in, {}, file, errors);
  oauth.proxy = ReadProxyOptions(in);
  std::string grant;
  if (in.Optional("grant_type", grant) && !grant.empty() && grant != "client_credentials") {
    in.Unsupported("grant_type", "client_credentials is");
  }
  NotSupported(in, "client_secret_ref", kNoSecretStore);
  for (std::string_view key :
       {"client_certificate_key_id", "client_certificate_key", "client_certificate_key_file",
        "client_certificate_key_ref", "signature_algorithm", "iss", "audience", "claims"}) {
    NotSupported(in, key, "it belongs to a grant_type that is not");
  }
  in.Finish();
  return oauth;
}

void ReadHttpHeaders(const Node& node, MappingReader& http, notify::HttpOptions& options,
                     const std::string& file, Errors& errors) {
  if (node.kind != yaml::Kind::kMapping) return http.Fail(node, "expected a mapping of headers");
  const auto path_of = [&file](const std::string& name) { return RelativeTo(file, name).string(); };
  for (const Node::Entry& entry : node.entries) {
    if (IsReservedHeader(entry.key))
      http.Fail(entry.value, fmt::format("setting header \"{}\" is not allowed", entry.key));
    if (!notify::IsHeaderName(entry.key)) http.Fail(entry.value, "bad name of a header");
    options.headers.push_back({entry.key, ReadHeaderValues(entry.value, errors, path_of)});
  }
}

/// One piece of TLS material, as text or by its file.
void ReadPem(MappingReader& in, const std::string& key, const std::string& file, std::string& text,
             std::string& path) {
  in.Optional(key, text);
  ReadPath(in, key + "_file", file, path);
  if (!text.empty() && !path.empty()) {
    in.Fail(*in.Take(key + "_file"), fmt::format("at most one of {} & {}_file must be configured", key, key));
  }
  NotSupported(in, key + "_ref", kNoSecretStore);
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

bool ReadUrl(MappingReader& in, std::string_view key, std::string& out) {
  if (!in.Optional(key, out)) return false;
  if (!IsHttpUrl(out)) in.Fail(*in.Take(key), fmt::format("{} is not an http or https URL", key));
  return true;
}

bool ReadGoDuration(MappingReader& in, std::string_view key, Duration& out) {
  std::string text;
  if (!in.Optional(key, text)) return false;
  const Node& at = *in.Take(key);
  double millis = 0;
  std::string_view rest = text;
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1e-6}, {"us", 1e-3},  {"\xC2\xB5s", 1e-3}, {"ms", 1},
      {"s", 1000},  {"m", 60'000}, {"h", 3'600'000}};
  bool good = !rest.empty();
  while (good && !rest.empty() && text != "0") {
    double number = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    good = error == std::errc() && number >= 0 && rest.front() != '-';
    if (!good) break;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const size_t length = std::min(rest.find_first_of("0123456789."), rest.size());
    const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const auto& known) { return known.first == rest.substr(0, length); });
    good = unit != std::end(kUnits);
    if (good) millis += number * unit->second;
    rest.remove_prefix(length);
  }
  if (!good || millis > 1e15) {
    in.Fail(at, fmt::format("\"{}\" is not a duration such as 1m30s", text));
    return false;
  }
  out = Duration(std::llround(millis));
  return true;
}

http::TlsClientOptions ReadTlsConfig(MappingReader& in, const http::TlsClientOptions& defaults,
                                     const std::string& file, Errors& errors, std::string_view key) {
  const Node* node = in.Take(key);
  if (!IsSet(node)) return defaults;
  http::TlsClientOptions tls;
  MappingReader options(*node, errors);
  ReadPem(options, "ca", file, tls.ca, tls.ca_file);
  ReadPem(options, "cert", file, tls.cert, tls.cert_file);
  ReadPem(options, "key", file, tls.key, tls.key_file);
  options.Optional("server_name", tls.server_name);
  bool skip = false;
  options.Optional("insecure_skip_verify", skip);
  tls.verify = !skip;
  tls.min_version = ReadTlsVersion(options, "min_version");
  tls.max_version = ReadTlsVersion(options, "max_version");
  options.Finish();
  if ((tls.cert_file + tls.cert).empty() != (tls.key_file + tls.key).empty()) {
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
  const Node* oauth = http.Take("oauth2");
  SecretSource bearer = ReadSecret(http, "bearer_token", "bearer_token_file", file);
  if (IsSet(basic)) ReadBasicAuth(*basic, options, file, errors);
  if (IsSet(authorization)) ReadAuthorization(*authorization, options, file, errors);
  if (IsSet(oauth)) options.oauth = ReadOAuth(*oauth, file, errors);
  if (IsSet(basic) + IsSet(authorization) + IsSet(oauth) + !bearer.empty() > 1) {
    http.Fail(*node, "at most one of basic_auth, oauth2, authorization & bearer_token must be configured");
  }
  if (!bearer.empty()) options.authorization = bearer;
  options.tls = ReadTlsConfig(http, {}, file, errors);
  http.Optional("follow_redirects", options.follow_redirects);
  http.Optional("enable_http2", options.enable_http2);
  options.proxy = ReadProxyOptions(http);
  if (const Node* headers = http.Take("http_headers"); IsSet(headers))
    ReadHttpHeaders(*headers, http, options, file, errors);
  http.Finish();
  return options;
}

}  // namespace tocsin::config
