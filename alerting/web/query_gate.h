// Bounds how many queries run at a time, so that a dashboard can't take every thread from the rules.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Thread safe. Copies share the bound. Requests beyond it wait in the order they came, without holding a
/// thread; whose client goes away meanwhile is not run, and who waits longer than `patience` gets 503.
class QueryGate {
 public:
  QueryGate(size_t limit, Duration patience, const Clock& clock);

  /// `handler` behind the gate; it runs on the thread of the request, or of the one before it that ended.
  http::Handler Guard(http::SyncHandler handler) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tocsin::web
