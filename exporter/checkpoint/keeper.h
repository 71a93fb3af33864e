// Keeps the checkpoint on the disk close to what is in memory.
#pragma once

#include <functional>
#include <memory>

#include "base/async/strand.h"
#include "base/clock.h"
#include "base/log.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/checkpoint/store.h"

namespace tocsin::checkpoint {

/// Figures for metrics.
struct KeeperFigures {
  Timestamp written_at;  ///< the last success; the epoch when there was none
  uint64_t failures = 0;
};

/// Content is gathered on one strand, where the state lives, and written on another, so that a slow disk
/// holds nobody up. Its members belong to the gathering strand, but for WriteLast().
class Keeper {
 public:
  /// How often the state is looked at, and written when it is not what was written last.
  static constexpr Duration kEvery{1'000};
  using Gather = std::function<void(Writer& out)>;

  /// `store` and `executor` must outlive it.
  Keeper(async::Executor& executor, std::shared_ptr<async::Strand> strand, Store& store, Logger log,
         Gather gather);
  /// Nothing is gathered after it, when it is called on the strand or the executor has stopped.
  ~Keeper();

  /// As soon as the strand has done what is posted there, and then time and again.
  void Start();
  KeeperFigures figures() const;

  /// Ends the periodic writing and calls `done` once `content` is on the disk, or could not be brought there;
  /// from any thread.
  void WriteLast(std::string content, std::function<void()> done);

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;
};

}  // namespace tocsin::checkpoint
