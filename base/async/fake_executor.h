// An Executor for tests: single-threaded, and time moves only by Advance(), so a test of an hour's schedule
// takes microseconds and gives the same result each time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "base/async/strand.h"

namespace tocsin::async {

/// Not thread safe: everything happens inside Run() and Advance() on the caller's thread.
class FakeExecutor final : public Executor {
 public:
  FakeExecutor();
  ~FakeExecutor() override;
  std::shared_ptr<Strand> MakeStrand() override;
  const Clock& clock() const override;

  /// Runs what is posted until nothing is.
  void Run();
  /// Lets time pass, running each timer at its own moment, in order of time and then of creation.
  void Advance(Duration by);
  /// Timers that have neither run nor been cancelled.
  size_t pending_timers() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tocsin::async
