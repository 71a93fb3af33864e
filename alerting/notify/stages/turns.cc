#include "alerting/notify/stages/turns.h"

#include <utility>

namespace tocsin::notify {

/// Outlives the Turns while a message is under way.
class Turns::Queue : public std::enable_shared_from_this<Queue> {
 public:
  explicit Queue(size_t most) : most_(most) {}

  Place TakeAtOnce() {
    {
      const std::lock_guard lock(mutex_);
      if (!waiting_.empty() || under_way_ >= most_) return nullptr;
      under_way_++;
    }
    return MakePlace();
  }

  void Wait(Begin begin) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(begin));
    }
    GivePlaces();
  }

 private:
  Place MakePlace() {
    // The count stands for the place: nothing else is to be owned.
    return {static_cast<const void*>(this), [queue = shared_from_this()](const void*) { queue->Leave(); }};
  }

  void Leave() {
    {
      const std::lock_guard lock(mutex_);
      under_way_--;
    }
    GivePlaces();
  }

  /// Begins what waits as long as there is room. A message that ends at once comes back here: the call under
  /// way goes on for it, so that a long queue of them takes no stack.
  void GivePlaces() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(giving_, true)) return;
    }
    while (true) {
      Begin begin;
      {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty() || under_way_ >= most_) {
          giving_ = false;
          return;
        }
        begin = std::move(waiting_.front());
        waiting_.pop_front();
        under_way_++;
      }
      begin(MakePlace());
    }
  }

  const size_t most_;
  std::mutex mutex_;
  size_t under_way_ = 0;
  bool giving_ = false;
  std::deque<Begin> waiting_;
};

Turns::Turns(size_t most) : queue_(std::make_shared<Queue>(most)) {}

Turns::Place Turns::TakeAtOnce() { return queue_->TakeAtOnce(); }

void Turns::Wait(Begin begin) { queue_->Wait(std::move(begin)); }

}  // namespace tocsin::notify
