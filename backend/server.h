// The service on a socket: CivetWeb, run by prometheus-cpp's Exposer so that /metrics stands on the same
// port.
//
// CivetWeb gives each connection a thread and can't tell that a client went away; for a demo that is simple
// and enough, and it is why the daemons have a server of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backend/metrics.h"
#include "backend/service.h"
#include "base/error.h"
#include "base/log.h"

namespace tocsin::backend {

struct ServerOptions {
  std::string listen_address = "127.0.0.1";  ///< IPv4; this CivetWeb has no other
  uint16_t port = 8080;                      ///< 0 picks a free one
  int threads = 256;                         ///< connections served at once
};

/// Listens from Start until it is destroyed, which waits for the requests in flight.
class Server {
 public:
  /// kUnavailable when the address can't be listened on. `service` and `metrics` must outlive the server.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Service& service,
                                               Metrics& metrics, Logger log);
  virtual ~Server() = default;

  virtual uint16_t port() const = 0;
};

}  // namespace tocsin::backend
