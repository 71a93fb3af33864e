#include "alerting/notify/stages/turns.h"

#include <gmock/gmock.h>

#include "tests/alerting/notify/pipeline.h"

namespace tocsin::notify {
namespace {

using ::testing::ElementsAre;
using testing::FakeIntegration;
using testing::Firing;
using ::testing::IsEmpty;
using testing::kMinute;
using testing::kSecond;
using testing::PipelineTest;
using testing::Resolved;
using ::testing::SizeIs;

class TurnsTest : public ::testing::Test {
 protected:
  void Wait(int number) {
    turns_.Wait([this, number](Turns::Place place) {
      begun_.push_back(number);
      places_.push_back(std::move(place));
    });
  }

  Turns turns_{2};
  std::vector<int> begun_;
  std::vector<Turns::Place> places_;
};

TEST_F(TurnsTest, NoMoreThanTheLimitAreUnderWayAndTheOthersFollowInOrder) {
  for (int i = 0; i < 5; ++i) Wait(i);
  EXPECT_THAT(begun_, ElementsAre(0, 1));
  places_[0].reset();
  EXPECT_THAT(begun_, ElementsAre(0, 1, 2));
  places_[2].reset();
  places_[1].reset();
  EXPECT_THAT(begun_, ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(TurnsTest, NobodyOvertakesThoseWhoWait) {
  auto first = turns_.TakeAtOnce();
  auto second = turns_.TakeAtOnce();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(turns_.TakeAtOnce(), nullptr);
  Wait(0);
  Wait(1);
  first.reset();
  EXPECT_THAT(begun_, ElementsAre(0));
  EXPECT_EQ(turns_.TakeAtOnce(), nullptr);
  second.reset();
  places_.clear();
  EXPECT_THAT(begun_, ElementsAre(0, 1));
}

TEST_F(TurnsTest, AQueueOfThousandsThatEndAtOnceTakesNoStack) {
  auto first = turns_.TakeAtOnce();
  const auto second = turns_.TakeAtOnce();
  int begun = 0;
  for (int i = 0; i < 100'000; ++i) turns_.Wait([&begun](const Turns::Place&) { ++begun; });
  first.reset();
  EXPECT_EQ(begun, 100'000);
}

TEST_F(TurnsTest, APlaceMayOutliveTheTurns) {
  bool begun = false;
  auto turns = std::make_unique<Turns>(1);
  auto place = turns->TakeAtOnce();
  turns->Wait([&begun](const Turns::Place&) { begun = true; });
  turns.reset();
  EXPECT_FALSE(begun);
  place.reset();
  EXPECT_TRUE(begun);
}

/// One message at a time, each alert a group of its own.
class WaitingTest : public PipelineTest {
 protected:
  WaitingTest() {
    route_.group_wait = Duration(0);
    route_.group_by = {"name"};
    pipeline_.max_in_flight = 1;
    slack_->behaviour = FakeIntegration::Behaviour::kHangs;
    Start();
  }
  void Fire(const char* name) {
    Dispatch(Alert(name));
    executor_.Advance(Duration(1));
  }
  /// The message that is under way gets through.
  void AnswerFirst() {
    auto done = slack_->hanging.front();
    slack_->hanging.pop_front();
    done({});
    executor_.Run();
  }
  std::vector<std::string> Tried() const {
    std::vector<std::string> out;
    out.reserve(slack_->attempts.size());
    for (const Notification& attempt : slack_->attempts) out.push_back(FakeIntegration::Describe(attempt));
    return out;
  }

  std::shared_ptr<FakeIntegration> slack_ = Add();
};

TEST_F(WaitingTest, GroupsAreToldOneAfterTheOther) {
  for (const char* name : {"a", "b", "c"}) Fire(name);
  EXPECT_THAT(Tried(), ElementsAre("firing:a resolved:"));
  AnswerFirst();
  AnswerFirst();
  EXPECT_THAT(Tried(), ElementsAre("firing:a resolved:", "firing:b resolved:", "firing:c resolved:"));
}

TEST_F(WaitingTest, AnAlertThatEndsWhileItWaitsIsToldAsItWasWhenItBecameDue) {
  Fire("a");
  auto b = Alert("b");
  Dispatch(b);
  executor_.Advance(kSecond);
  Dispatch(Resolved(b, Now()));
  AnswerFirst();
  AnswerFirst();
  slack_->behaviour = FakeIntegration::Behaviour::kWorks;
  executor_.Advance(2 * kMinute);
  EXPECT_THAT(Tried(), ElementsAre("firing:a resolved:", "firing:b resolved:", "firing: resolved:b"));
}

TEST_F(WaitingTest, ASilenceThatCameMeanwhileCounts) {
  Fire("a");
  Fire("b");
  Silence silence;
  silence.matchers = {model::Matcher::Equal("name", "b")};
  silence.starts_at = Now();
  silence.ends_at = Now() + 60 * kMinute;
  ASSERT_TRUE(silences_->Set(silence).has_value());
  AnswerFirst();
  EXPECT_THAT(Tried(), ElementsAre("firing:a resolved:"));
  Fire("c");
  EXPECT_THAT(Tried(), SizeIs(2)) << "the silenced one left its place";
}

TEST_F(WaitingTest, WhatWaitedTooLongComesAgainWithTheNextInterval) {
  Fire("a");
  Fire("b");
  executor_.Advance(kMinute);  // the deadline of both
  EXPECT_THAT(Tried(), ElementsAre("firing:a resolved:", "firing:b resolved:", "firing:a resolved:"));
  slack_->behaviour = FakeIntegration::Behaviour::kWorks;
  slack_->hanging.clear();
  executor_.Advance(2 * kMinute);
  EXPECT_THAT(slack_->Told(), ::testing::UnorderedElementsAre("firing:a resolved:", "firing:b resolved:"));
}

TEST_F(WaitingTest, AMessageThatWaitsToBeTriedAgainLeavesItsPlace) {
  slack_->behaviour = FakeIntegration::Behaviour::kUnavailable;
  Fire("a");
  slack_->behaviour = FakeIntegration::Behaviour::kWorks;
  Fire("b");
  EXPECT_THAT(slack_->Told(), ElementsAre("firing:b resolved:"));
  executor_.Advance(kSecond);
  EXPECT_THAT(slack_->Told(), ElementsAre("firing:b resolved:", "firing:a resolved:"));
}

TEST_F(WaitingTest, AReloadForgetsWhatWaits) {
  Fire("a");
  Fire("b");
  slack_->behaviour = FakeIntegration::Behaviour::kWorks;
  Start();
  EXPECT_THAT(slack_->Told(), IsEmpty());
  Fire("b");
  EXPECT_THAT(slack_->Told(), ElementsAre("firing:b resolved:"));
}

}  // namespace
}  // namespace tocsin::notify
