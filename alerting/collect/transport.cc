#include "alerting/collect/transport.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tocsin::collect {
namespace {

Status SetAuthentication(const TransportOptions& options, http::ClientRequest& request) {
  if (options.basic_auth) {
    const Result<Secret> username = options.basic_auth->username.Read();
    if (!username) return Fail(username.error());
    const Result<Secret> password = options.basic_auth->password.Read();
    if (!password) return Fail(password.error());
    request.basic_auth = http::BasicAuth{username->Reveal(), password->Reveal()};
  }
  if (options.authorization) {
    const Result<Secret> credentials = options.authorization->credentials.Read();
    if (!credentials) return Fail(credentials.error());
    request.headers.Add("Authorization", options.authorization->type + " " + credentials->Reveal());
  }
  for (const auto& [name, values] : options.headers) {
    for (const SecretSource& source : values) {
      const Result<Secret> value = source.Read();
      if (!value) return Fail(value.error().WithContext("http_headers"));
      request.headers.Add(name, value->Reveal());
    }
  }
  return {};
}

void SetTls(const TransportOptions::Tls& tls, http::ClientRequest& request) {
  request.tls = {.ca_file = tls.ca.file,
                 .cert_file = tls.cert.file,
                 .key_file = tls.key.file,
                 .server_name = tls.server_name,
                 .verify = !tls.insecure_skip_verify,
                 .ca = tls.ca.value.Reveal(),
                 .cert = tls.cert.value.Reveal(),
                 .key = tls.key.value.Reveal(),
                 .min_version = tls.min_version,
                 .max_version = tls.max_version};
}

/// As Go's httpproxy: with exceptions or from the environment, this machine itself is never asked for by a
/// proxy.
void SetProxy(const TransportOptions::Proxy& proxy, http::ClientRequest& request) {
  request.proxy_url = proxy.url;
  request.no_proxy = proxy.no_proxy;
  if (proxy.from_environment) {
    request.proxy_url = ProxyVariable(request.url.starts_with("https:") ? "HTTPS_PROXY" : "HTTP_PROXY");
    request.no_proxy = ProxyVariable("NO_PROXY");
  }
  if (proxy.from_environment || !proxy.no_proxy.empty()) {
    request.no_proxy += (request.no_proxy.empty() ? "" : ",") + std::string("localhost,127.0.0.0/8,::1");
  }
  for (const auto& [name, values] : proxy.connect_headers) {
    for (const Secret& value : values) request.proxy_headers.Add(name, value.Reveal());
  }
}

}  // namespace

std::string ProxyVariable(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  for (const std::string& variant : {name, lower}) {
    const char* const value = std::getenv(variant.c_str());
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

Result<http::ClientRequest> MakeRequest(const TransportOptions& options, std::string url, Duration timeout) {
  http::ClientRequest request;
  request.url = std::move(url);
  request.timeout = timeout;
  request.follow_redirects = options.follow_redirects;
  request.allow_http2 = options.enable_http2;
  SetTls(options.tls, request);
  SetProxy(options.proxy, request);
  if (Status status = SetAuthentication(options, request); !status) return Fail(status.error());
  return request;
}

}  // namespace tocsin::collect
