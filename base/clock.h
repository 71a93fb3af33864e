// Where time comes from. Nobody in the house asks the system for it: a Clock comes in through the
// constructor, so that a test can hold time still.
#pragma once

#include <atomic>

#include "base/time.h"

namespace tocsin {

/// Thread safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time: what samples and alerts are stamped with. May jump when the system's clock is set.
  virtual Timestamp Now() const = 0;
};

/// The system's clock.
class SystemClock final : public Clock {
 public:
  Timestamp Now() const override;
};

/// For tests: stands still until it is set or advanced.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Timestamp now = Timestamp::FromMillis(1'700'000'000'000)) : now_(now.millis()) {}
  Timestamp Now() const override { return Timestamp::FromMillis(now_.load()); }
  void Set(Timestamp now) { now_ = now.millis(); }
  void Advance(Duration by) { now_ += by.count(); }

 private:
  std::atomic<int64_t> now_;
};

}  // namespace tocsin
