// Work that runs one piece after another, now or later, without anyone holding a thread or a lock for it.
//
// Each rule group, aggregation group and scrape loop owns a Strand and keeps its state there, so it needs no
// mutex. The daemons run strands on the Asio pool (base/async/pool.h); tests run them on a FakeExecutor,
// where time passes only when the test says so.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"

namespace tocsin::async {

using Task = std::function<void()>;

/// A pending call. Destroying or cancelling it stops the call from happening; called from the strand itself
/// that is certain, from elsewhere the call may be running at that moment. Movable, not copyable.
class Timer {
 public:
  class Impl {
   public:
    virtual ~Impl() = default;
    virtual void Cancel() = 0;
  };

  Timer() = default;
  explicit Timer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  Timer(Timer&&) = default;
  Timer& operator=(Timer&& other) noexcept {
    if (this != &other) {
      Cancel();
      impl_ = std::move(other.impl_);
    }
    return *this;
  }
  ~Timer() { Cancel(); }
  void Cancel() {
    if (impl_) impl_->Cancel();
    impl_.reset();
  }

 private:
  std::shared_ptr<Impl> impl_;
};

/// A serial queue: tasks run in the order posted, never two at once, on any thread of the pool.
/// All members are thread safe. Dropping the last reference does not drop tasks already posted.
class Strand {
 public:
  virtual ~Strand() = default;
  virtual void Post(Task task) = 0;
  /// Runs `task` on this strand once `delay` has passed (by a steady clock), unless the Timer goes first.
  [[nodiscard]] virtual Timer After(Duration delay, Task task) = 0;
};

/// Makes strands, and knows the time they live in. Thread safe.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual std::shared_ptr<Strand> MakeStrand() = 0;
  virtual const Clock& clock() const = 0;
};

}  // namespace tocsin::async
