#include "base/async/pool.h"

#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "base/async/pool_strand.h"

namespace tocsin::async {

namespace asio = boost::asio;

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

std::shared_ptr<Strand> Pool::MakeStrand() { return MakePoolStrand(io_); }

const Clock& Pool::clock() const { return clock_; }

}  // namespace tocsin::async
