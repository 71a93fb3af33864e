#include "backend/pool.h"

#include <algorithm>
#include <utility>

#include <sys/socket.h>

namespace tocsin::backend {

ConnectionPool::Lease::Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}

ConnectionPool::Lease::~Lease() {
  if (connection_ != nullptr) pool_->GiveBack(std::move(connection_), false);
}

void ConnectionPool::Lease::Broke() { pool_->GiveBack(std::move(connection_), true); }

ConnectionPool::ConnectionPool(std::string name, PoolOptions options, Open open, OnChange on_change,
                               Logger log)
    : name_(std::move(name)),
      options_(options),
      open_(std::move(open)),
      on_change_(std::move(on_change)),
      log_(std::move(log)),
      watch_([this](const std::stop_token& stop) { Watch(stop); }),
      keeper_([this](const std::stop_token& stop) { Keep(stop); }) {}

ConnectionPool::~ConnectionPool() = default;

Result<ConnectionPool::Lease> ConnectionPool::Take() {
  std::unique_lock lock(mutex_);
  returned_.wait_for(lock, options_.wait, [this] { return away_ || !idle_.empty(); });
  if (away_) return Fail(ErrorCode::kUnavailable, name_ + " is away");
  if (idle_.empty()) return Fail(ErrorCode::kResourceExhausted, "every connection to " + name_ + " is busy");
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  Lend(*connection);
  return Lease(*this, std::move(connection));
}

// With the lock held.
void ConnectionPool::Lend(const Connection& connection) {
  lent_.push_back({.connection = &connection, .deadline = Clock::now() + options_.deadline, .ended = false});
  lend_.notify_one();
}

bool ConnectionPool::away() const {
  std::lock_guard lock(mutex_);
  return away_;
}

void ConnectionPool::GiveBack(std::unique_ptr<Connection> connection, bool broke) {
  std::vector<std::unique_ptr<Connection>> closing;  // closed after the lock is gone
  {
    std::lock_guard lock(mutex_);
    const auto lent = std::find_if(lent_.begin(), lent_.end(),
                                   [&](const Lent& each) { return each.connection == connection.get(); });
    broke = broke || lent->ended;
    lent_.erase(lent);
    if (broke) {
      // The others were opened to the same server and have most likely broken with it.
      closing.swap(idle_);
      closing.push_back(std::move(connection));
      look_now_ = true;
      away_ = true;
    } else {
      idle_.push_back(std::move(connection));
    }
  }
  if (broke) {
    returned_.notify_all();  // nobody has to wait for what is away
    look_.notify_one();
    Tell(nullptr);
  } else {
    returned_.notify_one();
  }
}

void ConnectionPool::Keep(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Look();
    std::unique_lock lock(mutex_);
    look_.wait_for(lock, stop, options_.interval, [this] { return look_now_; });
  }
}

void ConnectionPool::Watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto next = std::find_if(lent_.begin(), lent_.end(), [](const Lent& each) { return !each.ended; });
    if (next == lent_.end()) {
      lend_.wait(lock, stop, [this] { return !lent_.empty() && !lent_.back().ended; });
    } else if (const auto deadline = next->deadline; deadline > Clock::now()) {
      lend_.wait_until(lock, stop, deadline, [] { return false; });
    } else {
      // Whoever waits for the answer gives the connection back after this; until then it is open, as the lock
      // is held.
      next->ended = true;
      ::shutdown(next->connection->descriptor(), SHUT_RDWR);
    }
  }
}

// Opens what is missing. The service is there as long as one connection is.
void ConnectionPool::Look() {
  AskOne();
  while (true) {
    {
      std::lock_guard lock(mutex_);
      look_now_ = false;
      if (idle_.size() + lent_.size() >= options_.size) return;
    }
    auto opened = open_();
    if (!opened) {
      bool none = false;
      {
        std::lock_guard lock(mutex_);
        none = idle_.empty() && lent_.empty();
        if (none) away_ = true;
      }
      if (none) Tell(&opened.error());
      return;
    }
    {
      std::lock_guard lock(mutex_);
      idle_.push_back(std::move(*opened));
      away_ = false;
    }
    returned_.notify_one();
    Tell(nullptr);
  }
}

// Asks on a connection that nobody uses; when it does not answer, none of those is kept.
void ConnectionPool::AskOne() {
  std::unique_ptr<Connection> asked;
  {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return;
    asked = std::move(idle_.front());
    idle_.erase(idle_.begin());
    Lend(*asked);
  }
  const bool there = asked->Ping().has_value();
  std::vector<std::unique_ptr<Connection>> closing;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(lent_, [&](const Lent& each) { return each.connection == asked.get(); });
    away_ = !there;
    there ? idle_.push_back(std::move(asked)) : closing.swap(idle_);
  }
  returned_.notify_all();
  Tell(nullptr);
}

// The state is read here, so that of two changes at once the later one is told last.
void ConnectionPool::Tell(const Error* why) {
  std::lock_guard lock(telling_);
  const bool now = away();
  if (told_ == now) return;
  told_ = now;
  on_change_(now);
  if (!now) {
    log_.Info("Dependency is there", {{"dependency", name_}});
  } else if (why != nullptr) {
    log_.Warn("Dependency is away", {{"dependency", name_}, {"err", *why}});
  } else {
    log_.Warn("Dependency is away", {{"dependency", name_}, {"err", "a connection broke"}});
  }
}

}  // namespace tocsin::backend
