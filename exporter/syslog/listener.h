// Receives log lines as syslog datagrams, by UDP or a unix socket.
//
// What the kernel has to drop is gone: so the socket's buffer is as large as we may make it, and datagrams
// are taken out on a strand of their own, many at a call, before anybody looks at them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/async/pool.h"
#include "base/async/strand.h"
#include "base/error.h"
#include "base/log.h"

namespace tocsin::syslog {

struct Figures {
  uint64_t messages = 0;
  uint64_t malformed = 0;  ///< no syslog message as nginx writes it
  uint64_t dropped = 0;    ///< by the kernel for want of room, or by us when counting lags too far behind
};

/// `pool` must outlive it and be stopped before it is destroyed, or Stop() called.
class Listener {
 public:
  using Sink = std::function<void(std::span<const std::string_view> lines)>;
  /// Of datagrams received and not yet counted; what comes beyond is dropped.
  static constexpr size_t kMaxWaitingBytes = size_t{64} << 20;

  /// Binds and listens; `sink` is called on `strand` with views that are valid during the call.
  /// kInvalidArgument for an address that is none, kUnavailable for one in use, kPermission, kIo.
  static Result<std::unique_ptr<Listener>> Start(const std::string& address, async::Pool& pool,
                                                 std::shared_ptr<async::Strand> strand, const Logger& log,
                                                 Sink sink);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  /// Closes the socket; a unix one is removed from its folder. What has been received is still counted.
  void Stop();
  /// As it was given.
  const std::string& address() const;
  /// Where it listens: the same, with the port that the system chose for port 0.
  std::string bound_port() const;
  /// On the strand.
  Figures figures() const;

 private:
  class Impl;
  explicit Listener(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace tocsin::syslog
