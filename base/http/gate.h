// What stands before the router of a server that is not open to everyone: TLS, sign-in, limits.
// base/web_config has the one that is set up by a file.
#pragma once

#include <functional>
#include <memory>

#include "base/http/server.h"

namespace boost::asio::ssl {
class context;
}

namespace tocsin::http {

/// Thread safe.
class Gate {
 public:
  /// Hands a request on to the router; from any thread, at most once a request.
  using Next = std::function<void(Request, Responder)>;

  virtual ~Gate() = default;
  /// What a new connection shall shake hands with; nullptr for plain HTTP. Asked once a connection.
  virtual std::shared_ptr<boost::asio::ssl::context> Tls() = 0;
  /// Answers the request itself, or calls `next` with it, now or later. Must not block: it runs on the pool.
  virtual void Admit(Request request, Responder responder, const Next& next) = 0;
};

}  // namespace tocsin::http
