// What the connections of one server share: its options and routes, the count of them, and its end. Private
// to the server.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/http/server.h"

namespace tocsin::http {

/// A connection, seen from the server. Thread safe.
class Session {
 public:
  virtual ~Session() = default;
  /// Closes as soon as no request is under way.
  virtual void Drain() = 0;
  /// Closes now, and asks a running handler to stop.
  virtual void Abort() = 0;
};

/// Thread safe.
class Sessions : public std::enable_shared_from_this<Sessions> {
 public:
  Sessions(async::Pool& pool, ServerOptions options, Router router, Logger log);

  const ServerOptions& options() const { return options_; }
  const Logger& log() const { return log_; }
  boost::asio::io_context& io() const { return pool_.io(); }
  Timestamp Now() const { return pool_.clock().Now(); }

  /// Calls `ready` once there is room for a connection: now, or from whichever thread closes one.
  void WhenRoom(std::function<void()> ready);
  /// False once the server stops: the connection is then to be dropped.
  [[nodiscard]] bool Add(const std::shared_ptr<Session>& session);
  void Remove(const Session* session);

  /// Has the gate and then the router handle the request on the pool, outside of any strand, so that a slow
  /// handler holds up nothing but its own answer. Not called when the server is stopping for good;
  /// `responder` then goes unanswered.
  void Dispatch(Request request, Responder responder);

  /// Ends every session, politely for up to `drain`; returns when all are closed and no handler runs.
  void Stop(Duration drain);

 private:
  class Call;
  using Step = void (Sessions::*)(Request, const Responder&);
  std::vector<std::shared_ptr<Session>> Open();
  void Post(Request request, Responder responder, Step step);
  void Run(Request request, const Responder& responder, Step step);
  void Admit(Request request, const Responder& responder);
  void Route(Request request, const Responder& responder);

  async::Pool& pool_;
  const ServerOptions options_;
  const Router router_;
  const Logger log_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<const Session*, std::weak_ptr<Session>> open_;
  std::vector<std::function<void()>> waiting_;
  int calls_ = 0;  // handlers that run or are about to
  bool draining_ = false;
  bool aborted_ = false;
};

}  // namespace tocsin::http
