// How to speak to a job's targets, or to a service that names targets: the HTTP client's keys of a
// scrape_config and of http_sd_configs and docker_sd_configs as plain data, with Prometheus' defaults.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/http/client.h"
#include "base/secret.h"
#include "base/time.h"

namespace tocsin::collect {

struct TransportOptions {
  struct Basic {
    SecretSource username;
    SecretSource password;
    friend bool operator==(const Basic&, const Basic&) = default;
  };
  struct Authorization {
    std::string type = "Bearer";
    SecretSource credentials;
    friend bool operator==(const Authorization&, const Authorization&) = default;
  };
  struct Tls {
    SecretSource ca;  ///< PEM or its file; as the two below
    SecretSource cert;
    SecretSource key;
    std::string server_name;
    bool insecure_skip_verify = false;
    int min_version = 0;  ///< 10 to 13; 0 leaves it to the client
    int max_version = 0;
    friend bool operator==(const Tls&, const Tls&) = default;
  };
  struct Proxy {
    std::string url;
    std::string no_proxy;  ///< what is reached without it; this machine always is, when not ""
    bool from_environment = false;
    std::map<std::string, std::vector<Secret>> connect_headers;
    friend bool operator==(const Proxy&, const Proxy&) = default;
  };

  std::optional<Basic> basic_auth;
  std::optional<Authorization> authorization;
  Tls tls;
  Proxy proxy;
  std::map<std::string, std::vector<SecretSource>> headers;
  bool follow_redirects = true;
  bool enable_http2 = true;

  friend bool operator==(const TransportOptions&, const TransportOptions&) = default;
};

/// Looks up an environment variable, in upper case and else in lower case; "" when there is none.
std::string ProxyVariable(const std::string& name);

/// A GET of that URL. Fails when a file that holds a secret can't be read.
Result<http::ClientRequest> MakeRequest(const TransportOptions& options, std::string url, Duration timeout);

}  // namespace tocsin::collect
