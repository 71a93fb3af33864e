#include "alerting/web/query_gate.h"

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "alerting/web/json.h"

namespace tocsin::web {
namespace {

struct Waiting {
  http::SyncHandler handler;
  http::Request request;
  http::Responder responder;
  Timestamp since;
};

}  // namespace

struct QueryGate::State {
  State(size_t most, Duration longest, const Clock& time) : limit(most), patience(longest), clock(time) {}

  const size_t limit;
  const Duration patience;
  const Clock& clock;
  std::mutex mutex;
  size_t running = 0;
  std::deque<Waiting> queue;

  /// True when the caller may run at once.
  bool Enter(const http::SyncHandler& handler, const http::Request& request,
             const http::Responder& responder) {
    const std::lock_guard lock(mutex);
    if (running < limit) {
      ++running;
      return true;
    }
    queue.push_back({handler, request, responder, clock.Now()});
    return false;
  }

  /// The next one to run in the place of one that ended.
  std::optional<Waiting> Next() {
    const std::lock_guard lock(mutex);
    if (queue.empty()) {
      --running;
      return std::nullopt;
    }
    Waiting next = std::move(queue.front());
    queue.pop_front();
    return next;
  }

  http::Response Run(const Waiting& waiting) const {
    if (waiting.request.stop.stop_requested()) {
      return Failure(499, "canceled", "query was canceled in query queue");
    }
    if (clock.Now() - waiting.since > patience) {
      return Failure(503, "timeout", "query timed out in query queue");
    }
    return waiting.handler(waiting.request);
  }
};

QueryGate::QueryGate(size_t limit, Duration patience, const Clock& clock)
    : state_(std::make_shared<State>(limit, patience, clock)) {}

http::Handler QueryGate::Guard(http::SyncHandler handler) const {
  return [state = state_, handler = std::move(handler)](const http::Request& request,
                                                        const http::Responder& responder) {
    if (!state->Enter(handler, request, responder)) return;
    responder(handler(request));
    while (std::optional<Waiting> next = state->Next()) next->responder(state->Run(*next));
  };
}

}  // namespace tocsin::web
