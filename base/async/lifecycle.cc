#include "base/async/lifecycle.h"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/strand.hpp>

namespace tocsin::async {

namespace asio = boost::asio;

/// Shared with the handlers on the pool, which may outlive the Lifecycle by a moment.
class Lifecycle::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(Pool& pool)
      : strand_(asio::make_strand(pool.io())),
        reload_strand_(asio::make_strand(pool.io())),
        signals_(strand_, SIGTERM, SIGINT, SIGHUP) {
    // A reader of our log or of a connection that goes away is an error of that write, not the daemon's end.
    (void)std::signal(SIGPIPE, SIG_IGN);
  }

  void Await() {
    signals_.async_wait([self = shared_from_this()](const boost::system::error_code& error, int number) {
      if (error) return;
      if (number == SIGHUP) {
        asio::post(self->reload_strand_, [self] { self->Reload(); });
      } else {
        self->StopCatching();
        self->Finish(number);
      }
      self->Await();
    });
  }

  void OnReload(std::function<void()> reload) {
    const std::lock_guard lock(mutex_);
    reload_ = std::move(reload);
  }

  void RequestStop() {
    asio::post(strand_, [self = shared_from_this()] { self->StopCatching(); });
    Finish(0);
  }

  int WaitForStop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_; });
    return number_;
  }

  void Close() {
    asio::post(strand_, [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->signals_.clear(ignored);
      self->signals_.cancel(ignored);
    });
    std::unique_lock lock(mutex_);
    reload_ = nullptr;
    changed_.wait(lock, [this] { return !reloading_; });
  }

 private:
  /// Gives the stopping signals their default action back, so that the next one ends the process without any
  /// help from threads that may be hanging.
  void StopCatching() {
    boost::system::error_code ignored;
    signals_.remove(SIGTERM, ignored);
    signals_.remove(SIGINT, ignored);
  }

  void Finish(int number) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      stopped_ = true;
      number_ = number;
    }
    changed_.notify_all();
  }

  void Reload() {
    std::function<void()> reload;
    {
      const std::lock_guard lock(mutex_);
      if (!reload_) return;
      reload = reload_;
      reloading_ = true;
    }
    reload();
    {
      const std::lock_guard lock(mutex_);
      reloading_ = false;
    }
    changed_.notify_all();
  }

  asio::strand<asio::io_context::executor_type> strand_;
  asio::strand<asio::io_context::executor_type> reload_strand_;
  asio::signal_set signals_;  // on strand_
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> reload_;
  bool reloading_ = false;
  bool stopped_ = false;
  int number_ = 0;
};

Lifecycle::Lifecycle(Pool& pool) : impl_(std::make_shared<Impl>(pool)) { impl_->Await(); }

Lifecycle::~Lifecycle() { impl_->Close(); }

void Lifecycle::OnReload(std::function<void()> reload) { impl_->OnReload(std::move(reload)); }

int Lifecycle::WaitForStop() { return impl_->WaitForStop(); }

void Lifecycle::RequestStop() { impl_->RequestStop(); }

}  // namespace tocsin::async
