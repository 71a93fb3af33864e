#include "base/async/pool.h"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

namespace tocsin::async {
namespace {

namespace asio = boost::asio;
using AsioStrand = asio::strand<asio::io_context::executor_type>;

/// The timer and the task belong to the strand; from elsewhere only `cancelled_` is touched, and that before
/// the strand is asked to let them go.
class PoolTimer final : public Timer::Impl, public std::enable_shared_from_this<PoolTimer> {
 public:
  PoolTimer(AsioStrand strand, Task task)
      : strand_(std::move(strand)), timer_(strand_), task_(std::move(task)) {}

  void Start(Duration delay) {
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      Task task = std::move(self->task_);
      if (!error && !self->cancelled_) task();
    });
  }

  void Cancel() override {
    cancelled_ = true;
    asio::dispatch(strand_, [self = shared_from_this()] { self->timer_.cancel(); });
  }

 private:
  AsioStrand strand_;
  asio::steady_timer timer_;
  Task task_;
  std::atomic<bool> cancelled_ = false;
};

class PoolStrand final : public Strand {
 public:
  explicit PoolStrand(asio::io_context& io) : strand_(asio::make_strand(io)) {}

  void Post(Task task) override { asio::post(strand_, std::move(task)); }

  Timer After(Duration delay, Task task) override {
    auto timer = std::make_shared<PoolTimer>(strand_, std::move(task));
    timer->Start(delay);
    return Timer(std::move(timer));
  }

 private:
  AsioStrand strand_;
};

}  // namespace

class Pool::Threads {
 public:
  Threads(asio::io_context& io, int count) : io_(io), work_(io.get_executor()) {
    threads_.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) threads_.emplace_back([&io] { io.run(); });
  }
  ~Threads() { io_.stop(); }

 private:
  asio::io_context& io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::jthread> threads_;
};

Pool::Pool(int threads) : io_(threads), threads_(std::make_unique<Threads>(io_, threads)) {}

Pool::~Pool() { Stop(); }

void Pool::Stop() { threads_.reset(); }

std::shared_ptr<Strand> Pool::MakeStrand() { return std::make_shared<PoolStrand>(io_); }

const Clock& Pool::clock() const { return clock_; }

}  // namespace tocsin::async
