// Bounds how many messages to one integration are under way, so that a receiver that hangs takes neither
// connections nor memory from the others; further messages wait in the order in which they became due.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace tocsin::notify {

/// Thread safe.
class Turns {
 public:
  /// One message's place, until the last copy goes; null is none.
  using Place = std::shared_ptr<const void>;
  using Begin = std::function<void(Place)>;

  /// `most` messages are under way at a time; at least 1.
  explicit Turns(size_t most);
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// A place, or null when there is none, or others wait for one.
  Place TakeAtOnce();
  /// Calls `begin` when its turn has come: on the thread that leaves a place, or at once, before it returns.
  /// Who has nothing to send any more lets the place go.
  void Wait(Begin begin);

 private:
  class Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace tocsin::notify
