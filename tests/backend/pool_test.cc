#include "backend/pool.h"

#include <atomic>
#include <future>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::backend {
namespace {

constexpr PoolOptions kQuick{
    .size = 2, .wait = Duration(20), .deadline = Duration(60'000), .interval = Duration(5)};

/// A service that can be switched off. Its connections are socket pairs whose other ends say nothing.
class FakeService {
 public:
  class FakeConnection final : public Connection {
   public:
    explicit FakeConnection(FakeService& service) : service_(service) {
      socketpair(AF_UNIX, SOCK_STREAM, 0, ends_);
      ++service_.open;
      ++service_.opened;
    }
    ~FakeConnection() override {
      close(ends_[0]);
      close(ends_[1]);
      --service_.open;
    }
    Status Ping() override {
      if (!service_.there) return Fail(ErrorCode::kUnavailable, "gone");
      return {};
    }
    int descriptor() const override { return ends_[0]; }
    /// Waits for an answer that never comes; true when the socket was shut down.
    bool WaitForAnswer() const {
      char byte = 0;
      return recv(ends_[0], &byte, 1, 0) == 0;
    }

   private:
    FakeService& service_;
    int ends_[2]{};
  };

  ConnectionPool::Open Opener() {
    return [this]() -> Result<std::unique_ptr<Connection>> {
      if (!there) return Fail(ErrorCode::kUnavailable, "nobody listens");
      return std::make_unique<FakeConnection>(*this);
    };
  }
  ConnectionPool::OnChange Teller() {
    return [this](bool away) {
      std::lock_guard lock(mutex);
      told.push_back(away);
    };
  }
  std::vector<bool> Told() {
    std::lock_guard lock(mutex);
    return told;
  }

  std::atomic<bool> there = true;
  std::atomic<int> open = 0;
  std::atomic<int> opened = 0;
  std::mutex mutex;
  std::vector<bool> told;
};

void Until(const std::function<bool()>& look) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!look()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

class PoolTest : public testing::Test {
 protected:
  void Start(PoolOptions options = kQuick) {
    pool_.emplace("redis", options, service_.Opener(), service_.Teller(), Logger());
  }

  FakeService service_;
  std::optional<ConnectionPool> pool_;
};

TEST_F(PoolTest, OpensItsConnectionsBeforehandAndUsesThemAgain) {
  Start();
  Until([&] { return service_.open == 2; });
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(pool_->Take());
  EXPECT_EQ(service_.open, 2);
  pool_.reset();
  EXPECT_EQ(service_.open, 0);
}

TEST_F(PoolTest, WhenAllAreBusyARequestWaitsAndThenIsTold) {
  Start();
  Until([&] { return service_.open == 2; });
  auto first = pool_->Take();
  auto second = pool_->Take();
  const auto third = pool_->Take();
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(third.error().message(), "every connection to redis is busy");
  EXPECT_FALSE(pool_->away());
}

TEST_F(PoolTest, AServiceThatIsAwayFailsAtOnceAndIsFoundWhenItComes) {
  service_.there = false;
  Start({.size = 2, .wait = Duration(60'000), .deadline = Duration(60'000), .interval = Duration(5)});
  Until([&] { return service_.Told() == std::vector{true}; });
  const auto refused = pool_->Take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message(), "redis is away");
  service_.there = true;
  Until([&] { return !pool_->away(); });
  EXPECT_TRUE(pool_->Take());
  Until([&] { return service_.Told() == std::vector({true, false}); });
}

TEST_F(PoolTest, ALossIsNoticedWithoutTraffic) {
  Start();
  Until([&] { return service_.open == 2; });
  service_.there = false;
  Until([&] { return pool_->away(); });
  Until([&] { return service_.open == 0; });
}

TEST_F(PoolTest, ABrokenConnectionTakesTheOthersWithItAndNewOnesAreOpened) {
  Start({.size = 2, .wait = Duration(20), .deadline = Duration(60'000), .interval = Duration(60'000)});
  Until([&] { return service_.open == 2; });
  pool_->Take()->Broke();
  Until([&] { return service_.opened == 4 && service_.open == 2 && !pool_->away(); });
}

TEST_F(PoolTest, AnOverdueAnswerIsEndedAndItsConnectionNotUsedAgain) {
  Start({.size = 1, .wait = Duration(20), .deadline = Duration(30), .interval = Duration(60'000)});
  Until([&] { return service_.open == 1; });
  {
    auto lease = pool_->Take();
    ASSERT_TRUE(lease);
    EXPECT_TRUE(static_cast<FakeService::FakeConnection&>(**lease).WaitForAnswer());
  }
  Until([&] { return service_.opened == 2 && service_.open == 1 && !pool_->away(); });
  EXPECT_TRUE(pool_->Take());
}

TEST_F(PoolTest, ManyThreadsShareFewConnections) {
  Start({.size = 2, .wait = Duration(60'000), .deadline = Duration(60'000), .interval = Duration(1)});
  Until([&] { return service_.open == 2; });
  std::vector<std::future<int>> workers;
  workers.reserve(8);
  for (int worker = 0; worker < 8; ++worker) {
    workers.push_back(std::async(std::launch::async, [this] {
      int served = 0;
      for (int i = 0; i < 500; ++i) served += pool_->Take() ? 1 : 0;
      return served;
    }));
  }
  for (auto& worker : workers) EXPECT_EQ(worker.get(), 500);
}

}  // namespace
}  // namespace tocsin::backend
