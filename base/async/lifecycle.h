// A daemon's life from outside: SIGTERM and SIGINT stop it, SIGHUP makes it read its configuration again.
#pragma once

#include <functional>
#include <memory>

#include "base/async/pool.h"

namespace tocsin::async {

/// Catches the process's signals from construction on, and ignores SIGPIPE. One a process.
class Lifecycle {
 public:
  explicit Lifecycle(Pool& pool);
  /// Waits for a reload under way; not to be called from one.
  ~Lifecycle();

  /// Called for each SIGHUP, on the pool, never two at once.
  void OnReload(std::function<void()> reload);
  /// Blocks the calling thread until SIGTERM or SIGINT arrives, or RequestStop() is called. Both signals then
  /// have their default action again: a second one ends the process at once, so that a hanging drain can be
  /// interrupted. Returns the signal's number, 0 for RequestStop().
  int WaitForStop();
  void RequestStop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tocsin::async
