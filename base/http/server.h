// The HTTP server of both daemons (Boost.Beast underneath, which stays in server.cc).
//
// IPv4 and IPv6, keep-alive, pipelining in order, HEAD for every GET, gzip for those who accept it, limits on
// header and body size, timeouts for slow and idle clients, a bound on connections, TLS and sign-in by a
// Gate. Handlers run on the pool; they may answer at once or later.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/async/pool.h"
#include "base/http/message.h"
#include "base/log.h"

namespace tocsin::http {

struct Request {
  std::string method;  ///< "GET", "POST", …
  std::string path;    ///< decoded, without the query: "/api/v1/query"
  Parameters query;    ///< of the URL
  Headers headers;
  std::string body;    ///< already bounded by ServerOptions::max_body_bytes
  std::string remote;  ///< "127.0.0.1:41234"
  /// What the router's ":name" segments matched.
  Parameters path_values;
  /// Asks to stop when the client goes away or the server shuts down: long work should watch it.
  std::stop_token stop;

  /// URL parameters and, for a form POST, those of the body: what Prometheus' API reads.
  Parameters Form() const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;

  static Response Text(int status, std::string body);  ///< text/plain; charset=utf-8
  static Response Json(int status, std::string body);  ///< application/json
  static Response Html(int status, std::string body);  ///< text/html; charset=utf-8
};

/// Answers a request, from any thread while the Pool lives, exactly once; later calls are ignored. Dropping
/// the last copy unanswered answers 500, so that no client hangs.
class Responder {
 public:
  class Impl {
   public:
    virtual ~Impl() = default;
    virtual void Send(Response response) = 0;
  };
  explicit Responder(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  void operator()(Response response) const { impl_->Send(std::move(response)); }

 private:
  std::shared_ptr<Impl> impl_;
};

using Handler = std::function<void(const Request&, Responder)>;
using SyncHandler = std::function<Response(const Request&)>;

/// Paths to handlers. Segments that begin with ':' match one segment, a last segment "*" matches the rest:
/// "/api/v1/label/:name/values", "/static/*". Exact paths win over patterns. An unknown path answers 404, a
/// known one with another method 405 with Allow. Fill it before serving; it is then read by many threads.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  void Handle(std::string method, std::string path, Handler handler);
  void Handle(std::string method, std::string path, SyncHandler handler);
  /// Adds GET, and with it HEAD.
  void Get(std::string path, SyncHandler handler) { Handle("GET", std::move(path), std::move(handler)); }
  void Post(std::string path, SyncHandler handler) { Handle("POST", std::move(path), std::move(handler)); }

  void Dispatch(Request request, Responder responder) const;

 private:
  struct Routes;
  std::unique_ptr<Routes> routes_;
};

class Gate;

struct ServerOptions {
  /// ":9113" (every address, IPv4 and IPv6), "127.0.0.1:0", "[::1]:9093", "localhost:9093"; port 0 picks one.
  std::vector<std::string> listen = {};
  std::vector<int> sockets = {};       ///< listening already, taken over: see systemd_sockets.h
  size_t max_header_bytes = 64 << 10;  ///< answers 431 above
  size_t max_body_bytes = 16 << 20;    ///< answers 413 above
  int max_connections = 1024;          ///< further ones wait in the listen backlog
  Duration header_timeout{10'000};     ///< from a connection's first byte, or its opening, to a whole header
  Duration body_timeout{60'000};
  Duration idle_timeout{120'000};  ///< between requests of a kept connection
  Duration write_timeout{60'000};
  std::string server_name = "tocsin";  ///< the Server header
  Gate* gate = nullptr;                ///< TLS and sign-in; nullptr: plain and open. Must outlive the server
};

/// Thread safe. The Pool must outlive the Server.
class Server {
 public:
  /// Binds every address, logs "Listening on" for each, and starts to accept. kUnavailable names the address
  /// and the reason when one can't be bound, and then none is.
  static Result<std::unique_ptr<Server>> Start(async::Pool& pool, ServerOptions options, Router router,
                                               Logger log);
  /// Stop(Duration{0}).
  virtual ~Server() = default;

  /// Where it really listens, ports filled in: "127.0.0.1:9113", "[::]:9113".
  virtual std::vector<std::string> addresses() const = 0;
  /// Accepts no more, lets requests under way finish for up to `drain`, then closes what is left. Blocks; not
  /// to be called on the pool.
  virtual void Stop(Duration drain) = 0;
};

}  // namespace tocsin::http
