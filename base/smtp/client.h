// Sends one mail over SMTP, by libcurl on the Asio loop (base/curl). Making the message is the caller's work.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async/pool.h"
#include "base/error.h"
#include "base/http/client.h"

namespace tocsin::smtp {

enum class Security {
  kNone,      ///< plain text throughout
  kTry,       ///< STARTTLS when the server offers it
  kRequired,  ///< STARTTLS, and failure without it
  kImplicit,  ///< TLS from the first byte (port 465)
};

struct Mail {
  std::string server;  ///< "host:port"
  std::string hello;   ///< the name in EHLO
  Security security = Security::kRequired;
  http::TlsClientOptions tls;
  std::string username;       ///< "": no AUTH
  std::string password;       ///< never logged
  std::string auth_identity;  ///< SASL authorization identity, rarely set
  std::string mechanisms;     ///< "AUTH=PLAIN;AUTH=LOGIN": only these; "": the strongest that both know
  std::string sender;         ///< envelope: a bare address
  std::vector<std::string> recipients;
  std::string data;  ///< RFC 5322, lines ended by CRLF, not dot-stuffed
  Duration timeout{30'000};
};

/// Errors carry the server's own words. Retryable: no connection, a time-out, a 4xx reply (greylisting).
/// Not retryable: a 5xx reply, refused credentials, a certificate that does not verify, a password that would
/// travel in plain text (as Alertmanager, only to this very machine it may).
using Done = std::function<void(Status)>;

/// Thread safe.
class Client {
 public:
  virtual ~Client() = default;
  class Handle {
   public:
    virtual ~Handle() = default;
  };
  /// As http::Client::Send: `done` is called once, on the pool, unless the handle goes first.
  [[nodiscard]] virtual std::unique_ptr<Handle> Send(Mail mail, Done done) = 0;
};

std::unique_ptr<Client> MakeCurlClient(async::Pool& pool);

}  // namespace tocsin::smtp
