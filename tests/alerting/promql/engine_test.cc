#include "alerting/promql/engine.h"

#include <bit>
#include <cstdint>
#include <variant>

#include <gmock/gmock.h>

#include "alerting/store/store.h"

namespace tocsin::promql {
namespace {

using testing::HasSubstr;

class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    auto appender = store_.MakeAppender();
    for (int64_t t = 0; t <= 600'000; t += 1000) {
      for (const char* job : {"a", "b"}) {
        ASSERT_TRUE(appender->Append(0, {{"__name__", "m"}, {"job", job}}, Timestamp::FromMillis(t),
                                     1.0 * static_cast<double>(t)));
      }
    }
    // Uneven ones, that fall, pass what a double holds, and pause.
    uint64_t random = 1;
    for (int64_t t = 0; t <= 600'000; t += 1000) {
      for (const char* job : {"a", "b", "c"}) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        const bool pause = t / 100'000 == 3 && job[0] != 'a';
        if (pause && t % 100'000 != 0) continue;
        double value = static_cast<double>(random >> 40) / 7;
        if (t / 50'000 == 9) value *= 1e301;
        ASSERT_TRUE(appender->Append(0, {{"__name__", "u"}, {"job", job}}, Timestamp::FromMillis(t),
                                     pause ? model::StaleNan() : value));
      }
    }
    ASSERT_TRUE(appender->Commit());
  }

  Result<model::QueryResult> Instant(const Engine& engine, std::string_view expr, std::stop_token stop = {}) {
    auto query = engine.Prepare(expr);
    if (!query) return Fail(query.error());
    return (*query)->Instant(Timestamp::FromMillis(600'000), std::move(stop));
  }

  store::Store store_;
  FakeClock clock_;
};

TEST_F(EngineTest, NormalisesTheTextAndKnowsTheType) {
  Engine engine(store_, clock_);
  auto query = engine.Prepare(" sum( m ) ");
  ASSERT_TRUE(query);
  EXPECT_EQ((*query)->text(), "sum(m)");
  EXPECT_EQ((*query)->type(), model::ValueType::kVector);
  EXPECT_EQ((*engine.Prepare("m[5m]"))->type(), model::ValueType::kMatrix);
  EXPECT_EQ(engine.Prepare("m[").error().position().column, 3);
}

TEST_F(EngineTest, StopsWhenItIsCanceled) {
  Engine engine(store_, clock_);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Instant(engine, "sum(m)", stop.get_token()).error().code(), ErrorCode::kCanceled);
}

TEST_F(EngineTest, StopsAtTheTimeout) {
  /// Each look at it takes a second.
  class SlowClock final : public Clock {
   public:
    Timestamp Now() const override { return Timestamp::FromMillis(1000 * looks_++); }

   private:
    mutable int64_t looks_ = 0;
  };
  SlowClock slow;
  Engine engine(store_, slow, {.timeout = std::chrono::seconds(3)});
  EXPECT_EQ(Instant(engine, "m + m + m + m").error().code(), ErrorCode::kTimeout);
}

TEST_F(EngineTest, RefusesToLoadTooManySamples) {
  Engine engine(store_, clock_, {.limits = {.max_samples = 1000}});
  EXPECT_TRUE(Instant(engine, "sum(m[1m])").has_value() == false);  // a type error, not a limit
  EXPECT_TRUE(Instant(engine, "rate(m[1m])"));
  EXPECT_EQ(Instant(engine, "rate(m[10m])").error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(Instant(engine, "rate((time() + vector(0))[1h:1s])").error().code(),
            ErrorCode::kResourceExhausted);
}

TEST_F(EngineTest, RefusesARangeOfARangeVectorAndAStepOfZero) {
  Engine engine(store_, clock_);
  Timestamp t = Timestamp::FromMillis(0);
  EXPECT_THAT((*engine.Prepare("m[5m]"))->Range(t, t, Duration(1), {}).error().message(),
              HasSubstr("invalid expression type \"range vector\" for range query"));
  EXPECT_FALSE((*engine.Prepare("m"))->Range(t, t, Duration(0), {}));
  EXPECT_FALSE((*engine.Prepare("m"))->Instant(Timestamp::Max(), {}));
}

TEST_F(EngineTest, CalculatesDurationsBeforeItRuns) {
  Engine engine(store_, clock_, {.enable_duration_expr = true});
  EXPECT_EQ((*engine.Prepare("m[1m * 2] offset (1m + 30s)"))->text(), "m[1m * 2] offset (1m + 30s)");
  EXPECT_EQ(engine.Prepare("count_over_time(m[1m - 1m])").error().message(),
            "18:25: duration must be greater than 0");
  EXPECT_EQ(engine.Prepare("m offset (1 / (1 - 1))").error().message(), "10:20: division by zero");
}

TEST_F(EngineTest, WarnsOnceOfAQuantileOutOfBounds) {
  Engine engine(store_, clock_);
  auto result = Instant(engine, "quantile(2, m) + quantile(2, m)");
  ASSERT_TRUE(result);
  EXPECT_THAT(result->warnings,
              testing::ElementsAre("PromQL warning: quantile value should be between 0 and 1, got 2 (1:27)"));
}

TEST_F(EngineTest, GivesARangeTheSameValuesAsItsInstants) {
  Engine engine(store_, clock_);
  for (const char* expr : {"rate(m[1m])", "m offset 10s", "sum(m) by (job)", "m > 300000", "time()", "m @ 5",
                           "max_over_time(m[1m:10s])", "topk(1, m)", "absent(m > 300000)", "rate(u[1m])",
                           "stddev_over_time(u[1m])", "stdvar_over_time(u[1m])", "avg_over_time(u[1m])",
                           "sum_over_time(u[1m])", "delta(u[1m])", "sum(increase(u[1m]))", "sum(u)",
                           "sum by (job) (sum_over_time(u[1m]))", "avg without (job) (u)"}) {
    auto query = engine.Prepare(expr);
    ASSERT_TRUE(query) << expr;
    Timestamp start = Timestamp::FromMillis(60'000);
    Timestamp end = Timestamp::FromMillis(900'000);
    Duration step(35'000);
    auto range = (*query)->Range(start, end, step, {});
    ASSERT_TRUE(range) << expr;
    size_t from_range = 0;
    for (const auto& series : std::get<model::Matrix>(range->value)) from_range += series.samples.size();
    size_t from_instants = 0;
    for (Timestamp t = start; t <= end; t = t + step) {
      auto instant = (*query)->Instant(t, {});
      ASSERT_TRUE(instant) << expr;
      model::Vector vector;
      if (auto* scalar = std::get_if<model::Scalar>(&instant->value))
        vector.push_back({{}, t, scalar->value});
      else
        vector = std::get<model::Vector>(instant->value);
      from_instants += vector.size();
      for (const auto& element : vector) {
        bool found = false;
        for (const auto& series : std::get<model::Matrix>(range->value)) {
          if (series.labels != element.labels) continue;
          for (const auto& sample : series.samples)
            found |= sample.timestamp == t && std::bit_cast<uint64_t>(sample.value) ==
                                                  std::bit_cast<uint64_t>(std::get<double>(element.value));
        }
        EXPECT_TRUE(found) << expr << " at " << t.millis();
      }
    }
    EXPECT_EQ(from_range, from_instants) << expr;
  }
}

}  // namespace
}  // namespace tocsin::promql
