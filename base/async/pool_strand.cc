#include "base/async/pool_strand.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/intrusive/set.hpp>

namespace tocsin::async {
namespace {

namespace asio = boost::asio;
namespace intrusive = boost::intrusive;
using Time = std::chrono::steady_clock::time_point;

/// So many due tasks run before other work of the pool gets a chance.
constexpr int kAtOnce = 16;

class Timers;

/// Owned by the Timer that was handed out. All but `timers_` is guarded by their mutex.
class PoolTimer final : public Timer::Impl, public intrusive::set_base_hook<intrusive::optimize_size<true>> {
 public:
  PoolTimer(std::shared_ptr<Timers> timers, Time when, Task run)
      : due(when), task(std::move(run)), timers_(std::move(timers)) {}
  void Cancel() override;

  friend bool operator<(const PoolTimer& a, const PoolTimer& b) { return a.due < b.due; }

  const Time due;
  Task task;

 private:
  const std::shared_ptr<Timers> timers_;
};

class Timers final : public std::enable_shared_from_this<Timers> {
 public:
  explicit Timers(const asio::strand<asio::io_context::executor_type>& strand) : alarm_(strand) {}

  void Add(PoolTimer& timer) {
    const std::lock_guard lock(mutex_);
    waiting_.insert(timer);  // after those that are due at the same moment
    Arm();
  }

  void Cancel(PoolTimer& timer) {
    Task dropped;  // what it holds is let go outside of the lock
    const std::lock_guard lock(mutex_);
    if (timer.is_linked()) waiting_.erase(waiting_.iterator_to(timer));
    dropped.swap(timer.task);
  }

 private:
  /// An alarm that is too early does no harm: it looks, and waits on.
  void Arm() {
    if (waiting_.empty()) return;
    const Time due = waiting_.begin()->due;
    if (armed_for_ && *armed_for_ <= due) return;
    armed_for_ = due;
    alarm_.expires_at(due);
    alarm_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      if (error) return;  // replaced by an earlier one
      if (const auto self = weak.lock()) self->RunDue();
    });
  }

  /// On the strand. Each task is taken when its turn comes: one before it may have cancelled it.
  void RunDue() {
    const Time now = std::chrono::steady_clock::now();
    for (int i = 0; i < kAtOnce; ++i) {
      if (Task task = TakeDue(now)) task();
    }
    const std::lock_guard lock(mutex_);
    armed_for_.reset();
    Arm();
  }

  Task TakeDue(Time now) {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.begin()->due > now) return {};
    PoolTimer& first = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    return std::exchange(first.task, {});
  }

  std::mutex mutex_;
  asio::steady_timer alarm_;
  std::optional<Time> armed_for_;
  intrusive::multiset<PoolTimer, intrusive::constant_time_size<false>> waiting_;
};

void PoolTimer::Cancel() { timers_->Cancel(*this); }

class PoolStrand final : public Strand {
 public:
  explicit PoolStrand(asio::io_context& io)
      : strand_(asio::make_strand(io)), timers_(std::make_shared<Timers>(strand_)) {}

  void Post(Task task) override { asio::post(strand_, std::move(task)); }

  Timer After(Duration delay, Task task) override {
    auto timer =
        std::make_shared<PoolTimer>(timers_, std::chrono::steady_clock::now() + delay, std::move(task));
    timers_->Add(*timer);
    return Timer(std::move(timer));
  }

 private:
  asio::strand<asio::io_context::executor_type> strand_;
  std::shared_ptr<Timers> timers_;
};

}  // namespace

std::shared_ptr<Strand> MakePoolStrand(asio::io_context& io) { return std::make_shared<PoolStrand>(io); }

}  // namespace tocsin::async
