// A server that shakes hands by OpenSSL and then speaks as the test says; for the tests of clients.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <openssl/ssl.h>

#include "tests/base/tls/certificates.h"

namespace tocsin::tls {

/// A connection after its handshake.
class Channel {
 public:
  /// As the server, with TLS over `fd`; not `good()` when the handshake failed. Does not close `fd`.
  Channel(SSL_CTX* context, int fd);
  bool good() const { return good_; }
  std::string Read();  ///< what is there; "" at the end
  void Write(std::string_view text);
  std::string name_asked_for() const;
  std::string client_name() const;  ///< the common name of the client's certificate; "" when it showed none
  bool resumed() const;             ///< whether the client came back to an earlier session

 private:
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool good_ = false;
};

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
/// `client_ca`: the file of the authority whose certificate a client has to show; "" asks for none.
Context MakeContext(const Pair& pair, const std::string& client_ca = "");

class TlsServer {
 public:
  using Talk = std::function<void(Channel&)>;
  /// On a free port of 127.0.0.1, one connection after another.
  TlsServer(const Pair& pair, Talk talk, const std::string& client_ca = "");
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  int port() const { return port_; }
  /// Of the last handshake that succeeded.
  std::string names_asked_for() const;

 private:
  void Serve();

  const Context context_;
  const Talk talk_;
  mutable std::mutex mutex_;
  std::string name_;
  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;
};

/// Reads an HTTP header and answers with these bytes.
TlsServer::Talk AnswerOnce(std::string answer);

}  // namespace tocsin::tls
