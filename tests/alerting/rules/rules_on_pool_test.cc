// The same rules on real threads: for ThreadSanitizer to watch.
#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "alerting/rules/rules.h"
#include "base/async/pool.h"

namespace tocsin::rules {
namespace {

class ConstantEngine final : public model::QueryEngine {
 public:
  Result<std::shared_ptr<const model::PreparedQuery>> Prepare(std::string_view expression) const override {
    return std::make_shared<Query>(std::string(expression));
  }

 private:
  class Query final : public model::PreparedQuery {
   public:
    explicit Query(std::string text) : text_(std::move(text)) {}
    const std::string& text() const override { return text_; }
    model::ValueType type() const override { return model::ValueType::kVector; }
    Result<model::QueryResult> Instant(Timestamp at, std::stop_token) const override {
      model::QueryResult result;
      result.value = model::Vector{{model::Labels{{"job", "a"}}, at, 1.0}};
      return result;
    }
    Result<model::QueryResult> Range(Timestamp, Timestamp, Duration, std::stop_token) const override {
      return Fail(ErrorCode::kUnsupported, "not asked here");
    }

   private:
    std::string text_;
  };
};

class CountingStore final : public model::Appendable {
 public:
  std::unique_ptr<model::Appender> MakeAppender() override { return std::make_unique<Batch>(appended); }
  std::atomic<int> appended = 0;

 private:
  class Batch final : public model::Appender {
   public:
    explicit Batch(std::atomic<int>& appended) : appended_(appended) {}
    Result<model::SeriesRef> Append(model::SeriesRef, const model::Labels&, Timestamp,
                                    model::SampleValue) override {
      return ++appended_ > 0 ? 1 : 0;
    }
    Status Commit() override { return {}; }
    void Rollback() override {}

   private:
    std::atomic<int>& appended_;
  };
};

class WaitingSink final : public model::AlertSink {
 public:
  explicit WaitingSink(int wanted) : wanted_(wanted) {}
  void Receive(std::span<const model::AlertPtr> alerts) override {
    received_ += static_cast<int>(alerts.size());
    if (received_ >= wanted_ && !done_.exchange(true)) promise_.set_value();
  }
  std::future<void> Enough() { return promise_.get_future(); }

 private:
  int wanted_;
  std::atomic<int> received_ = 0;
  std::atomic<bool> done_ = false;
  std::promise<void> promise_;
};

std::string Groups(int count, const std::string& annotation) {
  std::string text = "groups:\n";
  for (int i = 0; i < count; ++i) {
    text += "- {name: g" + std::to_string(i) +
            ", interval: 2ms, rules: [{alert: A, expr: e, annotations: {a: '" + annotation +
            "{{ query \"e\" | first | value }}'}}, {record: r, expr: e}]}\n";
  }
  return text;
}

TEST(RulesOnAPool, EvaluateReloadAndShowAtOnce) {
  const ConstantEngine engine;
  CountingStore store;
  WaitingSink sink(40);
  async::Pool pool(3);
  {
    RulesOptions options;
    options.resend_delay = Duration(1);
    Rules rules({engine, store, sink, pool, Logger()});
    auto enough = sink.Enough();
    for (int round = 0; enough.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready; ++round) {
      const auto groups = ReadRules(Groups(4, round % 2 == 0 ? "x" : "y"), "r.yml", engine, options.read);
      ASSERT_TRUE(groups);
      if (round % 10 == 0) rules.Replace(*groups, options);
      for (const auto& group : rules.Groups()) EXPECT_LE(group->rules[0].alerts.size(), 1U);
    }
  }
  pool.Stop();
  EXPECT_GT(store.appended, 0);
}

}  // namespace
}  // namespace tocsin::rules
