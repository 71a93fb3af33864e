// Connections to a service that may be away: kept open, handed out one request at a time, opened again in the
// background.
//
// A request never connects and never waits for a service that is known to be away: a keeper thread opens
// connections and asks one of them now and then whether the service is still there. So what a lost service
// costs a request is one failed answer, or nothing. A second thread ends calls whose answer is overdue, the
// keeper's own among them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"

namespace tocsin::backend {

/// One connection; used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  /// A round trip. A failure means that the connection is of no use any more.
  virtual Status Ping() = 0;
  /// The socket. The pool shuts it down when an answer is overdue, which ends the call that waits for it.
  virtual int descriptor() const = 0;
};

struct PoolOptions {
  size_t size = 4;
  Duration wait{100};       ///< how long a request waits for a free connection
  Duration deadline{1000};  ///< how long a request may keep one
  Duration interval{1000};  ///< between two looks at whether the service is there
};

/// Thread safe. Leases must end before the pool does.
class ConnectionPool {
 public:
  /// Makes a connection; called by the keeper thread alone.
  using Open = std::function<Result<std::unique_ptr<Connection>>()>;
  /// Told of each change, and of the first state; called by any thread, without a lock held.
  using OnChange = std::function<void(bool away)>;

  /// A connection for as long as it lives.
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection);
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Connection& operator*() const { return *connection_; }
    /// The connection broke: it is closed, and the service counts as away until the keeper has reached it.
    void Broke();

   private:
    friend class ConnectionPool;
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// `name` is how errors and the log call the service.
  ConnectionPool(std::string name, PoolOptions options, Open open, OnChange on_change, Logger log);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// kUnavailable when the service is away, kResourceExhausted when all connections are busy for too long.
  Result<Lease> Take();

  bool away() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Lent {
    const Connection* connection;
    Clock::time_point deadline;
    bool ended;
  };

  void Keep(const std::stop_token& stop);
  void Watch(const std::stop_token& stop);
  void Look();
  void AskOne();
  void GiveBack(std::unique_ptr<Connection> connection, bool broke);
  void Lend(const Connection& connection);
  void Tell(const Error* why);

  const std::string name_;
  const PoolOptions options_;
  const Open open_;
  const OnChange on_change_;
  const Logger log_;

  mutable std::mutex mutex_;
  std::condition_variable_any look_;  // the keeper waits for it
  std::condition_variable_any lend_;  // the watch waits for it
  std::condition_variable returned_;  // requests wait for it
  std::vector<std::unique_ptr<Connection>> idle_;
  std::list<Lent> lent_;  // in the order of their deadlines, as all have the same time
  bool away_ = true;
  bool look_now_ = true;

  std::mutex telling_;  // orders the calls of on_change_
  std::optional<bool> told_;
  std::jthread watch_;  // these two last: they use all of the above
  std::jthread keeper_;
};

}  // namespace tocsin::backend
