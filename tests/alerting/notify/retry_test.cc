#include "alerting/notify/stages/retry.h"

#include <gmock/gmock.h>

#include "tests/alerting/notify/fakes.h"

namespace tocsin::notify {
namespace {

using testing::FakeIntegration;
using testing::Firing;
using ::testing::HasSubstr;
using testing::kSecond;
using ::testing::SizeIs;
using Behaviour = FakeIntegration::Behaviour;

class RetryTest : public ::testing::Test {
 protected:
  RetryTest() {
    Backoff backoff;
    backoff.random = [] { return 0.5; };  // no jitter
    stage_ = std::make_unique<RetryStage>(fake_, std::make_shared<Turns>(1), backoff, executor_.clock(),
                                          counters_, Logger());
  }

  void Enter(Duration until_deadline) {
    passage_ = std::make_shared<Passage>();
    passage_->strand = executor_.MakeStrand();
    passage_->notification.alerts = {Firing({{"name", "a"}}, executor_.clock().Now())};
    passage_->notification.now = executor_.clock().Now();
    passage_->deadline = executor_.clock().Now() + until_deadline;
    stage_->Enter(passage_, [this](Result<Onward> onward) { outcomes_.push_back(std::move(onward)); });
    executor_.Run();
  }

  async::FakeExecutor executor_;
  std::shared_ptr<FakeIntegration> fake_ = std::make_shared<FakeIntegration>();
  std::shared_ptr<IntegrationCounters> counters_ = std::make_shared<IntegrationCounters>();
  std::unique_ptr<RetryStage> stage_;
  PassagePtr passage_;
  std::vector<Result<Onward>> outcomes_;
};

TEST(Backoff, GrowsByHalfUpToTheMaximumWithJitter) {
  Backoff backoff;
  backoff.random = [] { return 0.5; };
  EXPECT_EQ(backoff.After(1), Duration(500));
  EXPECT_EQ(backoff.After(2), Duration(750));
  EXPECT_EQ(backoff.After(3), Duration(1125));
  EXPECT_EQ(backoff.After(40), Duration(60'000));
  backoff.random = [] { return 0.0; };
  EXPECT_EQ(backoff.After(1), Duration(250));
  backoff.random = [] { return 1.0; };
  EXPECT_EQ(backoff.After(1), Duration(750));
}

TEST_F(RetryTest, GoesOnAfterTheFirstSuccess) {
  Enter(10 * kSecond);
  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_EQ(*outcomes_[0], Onward::kNext);
  EXPECT_EQ(executor_.pending_timers(), 0U);
  EXPECT_EQ(counters_->notifications, 1U);
  EXPECT_EQ(counters_->attempts_failed, 0U);
}

TEST_F(RetryTest, TriesAgainWithGrowingPausesUntilItWorks) {
  fake_->behaviour = Behaviour::kUnavailable;
  Enter(60 * kSecond);
  EXPECT_THAT(fake_->attempts, SizeIs(1));
  executor_.Advance(Duration(499));
  EXPECT_THAT(fake_->attempts, SizeIs(1));
  executor_.Advance(Duration(1));
  EXPECT_THAT(fake_->attempts, SizeIs(2));
  fake_->behaviour = Behaviour::kWorks;
  executor_.Advance(Duration(750));
  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_TRUE(outcomes_[0].has_value());
  EXPECT_EQ(counters_->attempts, 3U);
  EXPECT_EQ(counters_->attempts_failed, 2U);
  EXPECT_EQ(counters_->notifications_failed, 0U);
  EXPECT_EQ(counters_->delivered, 1U);
  EXPECT_EQ(counters_->delivery_ms, 500 + 750);
}

TEST_F(RetryTest, GivesUpBeforeTheDeadlineWithTheLastReason) {
  fake_->behaviour = Behaviour::kUnavailable;
  Enter(10 * kSecond);
  executor_.Advance(10 * kSecond);
  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_THAT(outcomes_[0].error().message(), HasSubstr("connection refused"));
  EXPECT_EQ(counters_->notifications_failed, 1U);
  EXPECT_EQ(counters_->delivered, 0U);
  EXPECT_EQ(executor_.pending_timers(), 0U);
}

TEST_F(RetryTest, DoesNotRepeatWhatCannotWork) {
  fake_->behaviour = Behaviour::kRefuses;
  Enter(10 * kSecond);
  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_THAT(outcomes_[0].error().message(), HasSubstr("no such channel"));
  EXPECT_THAT(fake_->attempts, SizeIs(1));
}

TEST_F(RetryTest, LeavesAReceiverAloneForAsLongAsItAsks) {
  fake_->behaviour = Behaviour::kUnavailable;
  fake_->retry_after = 7 * kSecond;
  Enter(60 * kSecond);
  executor_.Advance(Duration(6999));
  EXPECT_THAT(fake_->attempts, SizeIs(1));
  fake_->behaviour = Behaviour::kWorks;
  executor_.Advance(Duration(1));
  EXPECT_THAT(fake_->delivered, SizeIs(1));
}

TEST_F(RetryTest, EndsAnAttemptThatHangsAtTheDeadline) {
  fake_->behaviour = Behaviour::kHangs;
  Enter(10 * kSecond);
  executor_.Advance(10 * kSecond);
  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_EQ(outcomes_[0].error().code(), ErrorCode::kTimeout);
  fake_->hanging.front()({});  // too late
  executor_.Run();
  EXPECT_THAT(outcomes_, SizeIs(1));
}

TEST_F(RetryTest, SendsNothingWhenTheDeadlineIsOver) {
  Enter(Duration(0));
  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_EQ(outcomes_[0].error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(outcomes_[0].error().message(), HasSubstr("waited too long for its turn"));
  EXPECT_THAT(fake_->attempts, SizeIs(0));
  EXPECT_EQ(counters_->notifications_failed, 1U);
}

TEST_F(RetryTest, DroppingThePassageStopsEverything) {
  fake_->behaviour = Behaviour::kUnavailable;
  Enter(60 * kSecond);
  passage_.reset();
  EXPECT_EQ(executor_.pending_timers(), 0U);
  executor_.Advance(60 * kSecond);
  EXPECT_THAT(fake_->attempts, SizeIs(1));
}

}  // namespace
}  // namespace tocsin::notify
