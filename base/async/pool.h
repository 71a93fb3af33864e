// The daemons' threads: one Asio io_context run by a fixed number of threads, owned by App. Everything that
// waits (timers, sockets, signals, transfers) waits here; nothing else in the house starts a thread for it.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "base/async/strand.h"

namespace tocsin::async {

/// Thread safe. Strands and timers made here must not be used after the Pool is gone.
class Pool final : public Executor {
 public:
  /// Starts `threads` threads at once. An exception that escapes a task ends the process: it is a fault of
  /// ours.
  explicit Pool(int threads);
  /// Stops: what has not begun is dropped, what runs is waited for.
  ~Pool() override;

  std::shared_ptr<Strand> MakeStrand() override;
  const Clock& clock() const override;
  /// For the rooms of base that speak Asio themselves (sockets, the curl loop).
  boost::asio::io_context& io() { return io_; }
  /// Ends the threads early; the destructor does it too.
  void Stop();

 private:
  class Threads;
  boost::asio::io_context io_;
  SystemClock clock_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace tocsin::async
