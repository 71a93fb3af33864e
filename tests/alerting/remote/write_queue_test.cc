#include "alerting/remote/write_queue.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/remote/write_receiver.h"
#include "alerting/store/store.h"
#include "tests/alerting/remote/fake_server.h"

namespace tocsin::remote {
namespace {

http::Response Done() {
  http::Response response;
  response.status = 204;
  return response;
}

class WriteQueueTest : public ::testing::Test {
 public:
  ~WriteQueueTest() override {
    if (queue_) queue_->Stop(Duration(0));
    client_.reset();
    pool_.Stop();
  }

 protected:
  void Start() {
    options_.endpoint.url = server_.url() + "/write";
    options_.first_pause = Duration(5);
    queue_ = std::make_unique<WriteQueue>(options_, pool_, *client_, Logger());
  }
  Status Write(const std::string& name, int64_t millis, double value) {
    const auto appender = queue_->MakeAppender();
    EXPECT_TRUE(appender->Append(0, model::Labels{{"__name__", name}}, Timestamp::FromMillis(millis), value));
    return appender->Commit();
  }
  template <typename Condition>
  void Until(Condition condition) {
    while (!condition(queue_->stats())) std::this_thread::yield();
  }
  /// All that the server took, as "name@time=value".
  std::vector<std::string> Written() {
    std::vector<std::string> written;
    for (const http::Request& request : server_.asked()) {
      const auto message = Unpack(request.body, 1 << 20);
      EXPECT_TRUE(message);
      WriteRequestReader reader(*message);
      for (WrittenSeries series; reader.Next(series);) {
        series.ForEachSample([&](const TimeSample& sample) {
          written.push_back(series.MakeLabels()->ToString() + "@" + std::to_string(sample.timestamp) + "=" +
                            std::to_string(static_cast<int>(sample.value)));
        });
      }
    }
    return written;
  }

  FakeServer server_{{"/write"}};
  async::Pool pool_{2};
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient(pool_, "test");
  WriteQueueOptions options_;
  std::unique_ptr<WriteQueue> queue_;
};

TEST_F(WriteQueueTest, WritesInOrder) {
  server_.Answers({Done()});
  Start();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Write("a", i, i));
  Until([](const WriteQueueStats& stats) { return stats.sent == 5; });
  EXPECT_THAT(Written(), ::testing::ElementsAre("a@0=0", "a@1=1", "a@2=2", "a@3=3", "a@4=4"));
  EXPECT_EQ(server_.asked()[0].headers.Get("Content-Encoding"), "snappy");
  EXPECT_EQ(server_.asked()[0].headers.Get("X-Prometheus-Remote-Write-Version"), "0.1.0");
}

TEST_F(WriteQueueTest, WaitsForAServerThatIsAway) {
  server_.Answers({http::Response::Text(503, "no"), http::Response::Text(429, "slowly"), Done()});
  Start();
  ASSERT_TRUE(Write("a", 1, 1));
  Until([](const WriteQueueStats& stats) { return stats.sent == 1; });
  EXPECT_EQ(queue_->stats().retried, 2U);
  EXPECT_EQ(queue_->stats().failed, 0U);
}

TEST_F(WriteQueueTest, GivesUpWhatIsRefused) {
  server_.Answers({http::Response::Text(400, "out of order"), Done()});
  Start();
  ASSERT_TRUE(Write("a", 1, 1));
  Until([](const WriteQueueStats& stats) { return stats.failed == 1; });
  ASSERT_TRUE(Write("a", 2, 2));
  Until([](const WriteQueueStats& stats) { return stats.sent == 1; });
}

TEST_F(WriteQueueTest, TurnsAwayWhatHasNoRoom) {
  server_.Hang();
  options_.capacity = 2;
  Start();
  ASSERT_TRUE(Write("a", 1, 1));
  ASSERT_TRUE(Write("a", 2, 2));
  const Status third = Write("a", 3, 3);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(queue_->stats().dropped, 1U);
  EXPECT_EQ(queue_->stats().pending, 2U);
}

TEST_F(WriteQueueTest, SplitsIntoRequests) {
  server_.Answers({Done()});
  options_.batch = 2;
  Start();
  const auto appender = queue_->MakeAppender();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(appender->Append(0, model::Labels{{"__name__", "a"}}, Timestamp::FromMillis(i), 1.0));
  }
  ASSERT_TRUE(appender->Commit());
  Until([](const WriteQueueStats& stats) { return stats.sent == 5; });
  EXPECT_EQ(server_.asked().size(), 3U);
}

TEST_F(WriteQueueTest, SendsWhatIsLeftBeforeItEnds) {
  server_.Answers({Done()});
  Start();
  ASSERT_TRUE(Write("a", 1, 1));
  queue_->Stop(Duration(10'000));
  EXPECT_EQ(queue_->stats().sent, 1U);
  EXPECT_FALSE(Write("a", 2, 2));
}

TEST_F(WriteQueueTest, ForgetsWhatIsRolledBack) {
  server_.Answers({Done()});
  Start();
  const auto appender = queue_->MakeAppender();
  ASSERT_TRUE(appender->Append(0, model::Labels{{"__name__", "a"}}, Timestamp::FromMillis(1), 1.0));
  appender->Rollback();
  ASSERT_TRUE(appender->Commit());
  EXPECT_EQ(queue_->stats().pending, 0U);
}

}  // namespace
}  // namespace tocsin::remote
