// The file behind --web.config.file, in the format of Prometheus' exporter-toolkit:
// https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
//
// Where the toolkit takes a file that can't mean what it says, we refuse it: a certificate given twice, TLS
// settings without a certificate, a rate limit that lets nothing through, min_version above max_version.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/http/message.h"
#include "base/secret.h"

namespace tocsin::web_config {

/// PEM text, written in the file or in one of its own.
struct Pem {
  std::string file;  ///< used when not empty
  Secret text;
  Position position;  ///< of the key that gives it

  bool given() const { return !file.empty() || !text.empty(); }
};

/// Go's tls.ClientAuthType.
enum class ClientAuth : uint8_t { kNone, kRequest, kRequireAny, kVerifyIfGiven, kRequireAndVerify };

struct TlsOptions {
  Pem certificate;
  Pem key;
  Pem client_ca;
  ClientAuth client_auth = ClientAuth::kNone;
  std::optional<std::vector<std::string>> allowed_sans;  ///< of the client's certificate: one has to be there
  int min_version = 0;                                   ///< OpenSSL's number (TLS1_2_VERSION)
  int max_version = 0;
  std::vector<std::string> ciphers;  ///< OpenSSL's names, for TLS 1.2 and below; empty: OpenSSL's choice
  bool only_tls13_ciphers = false;   ///< a list was given, and nothing in it is for TLS 1.2
  bool prefer_server_ciphers = true;
  std::vector<std::string> curves;  ///< OpenSSL's names, in order of preference; empty: OpenSSL's choice
};

struct RateLimit {
  std::chrono::nanoseconds interval{0};  ///< between two requests; 0: no limit
  int burst = 0;

  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct Config {
  std::optional<TlsOptions> tls;
  bool http2_asked = false;             ///< `http2: true` is written; it is not served
  http::Headers headers;                ///< added to every response
  std::map<std::string, Secret> users;  ///< by name: the bcrypt hash of the password
  RateLimit rate_limit;

  /// The files that it names, beside itself.
  std::vector<std::string> files() const;
};

/// Reads the text of a file; `path` names it in positions, and is what its paths are relative to.
Checked<Config> ParseConfig(std::string_view text, const std::string& path);

/// Reads the file; all faults of it are returned. What it names is not read yet (tls_context.h does that).
Checked<Config> ReadConfig(const std::string& path);

/// Go's notation of durations ("1s", "1.5h", "2m30s"), which the toolkit takes here and Prometheus nowhere
/// else. A number other than 0 has to have a unit.
Result<std::chrono::nanoseconds> ParseGoDuration(std::string_view text);

}  // namespace tocsin::web_config
