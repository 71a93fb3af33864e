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
using testing::Resolved;
using ::testing::SizeIs;
using Behaviour = FakeIntegration::Behaviour;

using DispatchTest = testing::PipelineTest;

TEST_F(DispatchTest, NewGroupWaitsGroupWaitAndGathers) {
  auto slack = Add();
  Start();
  Dispatch(Alert("a"));
  executor_.Advance(29 * kSecond);
  Dispatch(Alert("b"));
  EXPECT_THAT(slack->Told(), IsEmpty());
  executor_.Advance(kSecond);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a,b resolved:"));
}

TEST_F(DispatchTest, FlushesAtOnceWhenTheAlertHasWaitedAlready) {
  auto slack = Add();
  Start();
  Dispatch(Firing({{"alertname", "Down"}, {"name", "a"}}, Now() - 31 * kSecond));
  executor_.Advance(Duration(0));
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:"));
}

TEST_F(DispatchTest, LaterChangesWaitForTheGroupInterval) {
  auto slack = Add();
  Start();
  auto first = Alert("a");
  Dispatch(first);
  executor_.Advance(30 * kSecond);
  Dispatch(Alert("b"));
  executor_.Advance(59 * kSecond);
  EXPECT_THAT(slack->Told(), SizeIs(1));
  executor_.Advance(kSecond);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:", "firing:a,b resolved:"));
  Dispatch(Resolved(first, Now()));
  executor_.Advance(kMinute);
  EXPECT_EQ(slack->Told().back(), "firing:b resolved:a");
  executor_.Advance(10 * kMinute);
  EXPECT_THAT(slack->Told(), SizeIs(3)) << "nothing new was to be told";
}

TEST_F(DispatchTest, RepeatsAfterTheRepeatInterval) {
  auto slack = Add();
  Start();
  Dispatch(Firing({{"alertname", "Down"}, {"name", "a"}}, Now(), 100 * 60 * kMinute));
  executor_.Advance(30 * kSecond);
  executor_.Advance(239 * kMinute);
  EXPECT_THAT(slack->Told(), SizeIs(1));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), SizeIs(2));
}

TEST_F(DispatchTest, AlertThatIsNotSentAgainResolvesWhenItsEndPasses) {
  auto slack = Add();
  Start();
  Dispatch(Firing({{"alertname", "Down"}, {"name", "a"}}, Now(), 45 * kSecond));
  executor_.Advance(30 * kSecond);
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:", "firing: resolved:a"));
}

TEST_F(DispatchTest, EmptyGroupsGoAndANewOneWaitsAgain) {
  auto slack = Add();
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(30 * kSecond);
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(kMinute);
  EXPECT_EQ(dispatcher_->group_count(), 1U) << "it keeps its rhythm until it is asked to go";
  EXPECT_EQ(Groups(), 0U);
  EXPECT_EQ(executor_.pending_timers(), 0U);
  Dispatch(Alert("a"));
  executor_.Advance(29 * kSecond);
  EXPECT_THAT(slack->Told(), SizeIs(2));
  executor_.Advance(kSecond);
  EXPECT_THAT(slack->Told(), SizeIs(3));
}

TEST_F(DispatchTest, AlertOverBeforeItWasToldIsNeverTold) {
  auto slack = Add();
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(10 * kSecond);
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(10 * kMinute);
  EXPECT_THAT(slack->attempts, IsEmpty());
  EXPECT_EQ(Groups(), 0U);
}

TEST_F(DispatchTest, GroupsByTheirLabelsAndByAllWithDots) {
  auto slack = Add();
  Start();
  Dispatch(Firing({{"alertname", "A"}, {"name", "x"}}, Now()));
  Dispatch(Firing({{"alertname", "A"}, {"name", "y"}}, Now()));
  Dispatch(Firing({{"alertname", "B"}, {"name", "z"}}, Now()));
  executor_.Advance(30 * kSecond);
  EXPECT_THAT(slack->Told(), ::testing::UnorderedElementsAre("firing:x,y resolved:", "firing:z resolved:"));
  EXPECT_EQ(slack->delivered[0].group_key.text().substr(0, 3), "{}:");

  route_.group_by_all = true;
  Start();
  Dispatch(Firing({{"alertname", "A"}, {"name", "x"}}, Now()));
  Dispatch(Firing({{"alertname", "A"}, {"name", "y"}}, Now()));
  EXPECT_EQ(Groups(), 2U);
}

TEST_F(DispatchTest, OutageDelaysAMessageButNeverLosesIt) {
  auto slack = Add();
  slack->behaviour = Behaviour::kUnavailable;
  Start();
  Dispatch(Alert("a"));
  executor_.Advance(30 * kSecond);
  executor_.Advance(10 * kMinute);
  EXPECT_THAT(slack->delivered, IsEmpty());
  EXPECT_GT(slack->attempts.size(), 10U);
  slack->behaviour = Behaviour::kWorks;
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:"));
}

TEST_F(DispatchTest, ResolvedAlertStaysUntilItsEndWasDelivered) {
  auto slack = Add();
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(30 * kSecond);
  slack->behaviour = Behaviour::kUnavailable;
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(30 * kMinute);
  EXPECT_EQ(Groups(), 1U);
  slack->behaviour = Behaviour::kWorks;
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:", "firing: resolved:a"));
  executor_.Advance(2 * kMinute);
  EXPECT_EQ(Groups(), 0U);
}

TEST_F(DispatchTest, AlertThatCameAndWentDuringAnOutageIsToldAfterIt) {
  auto slack = Add();
  auto quiet = Add(/*send_resolved=*/false);
  slack->behaviour = quiet->behaviour = Behaviour::kUnavailable;
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(2 * kMinute);
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(5 * kMinute);
  slack->behaviour = quiet->behaviour = Behaviour::kWorks;
  executor_.Advance(3 * kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing: resolved:a"));
  EXPECT_THAT(quiet->Told(), ElementsAre("firing: resolved:a"));
  EXPECT_EQ(Groups(), 0U);
}

TEST_F(DispatchTest, HangingReceiverHoldsUpNoOther) {
  auto hangs = Add();
  auto works = Add();
  hangs->behaviour = Behaviour::kHangs;
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(30 * kSecond);
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(kMinute);
  EXPECT_THAT(works->Told(), ElementsAre("firing:a resolved:", "firing: resolved:a"));
  EXPECT_EQ(Groups(), 1U) << "the other one has still to hear of it";
  hangs->behaviour = Behaviour::kWorks;
  executor_.Advance(2 * kMinute);
  EXPECT_THAT(hangs->Told(), ElementsAre("firing: resolved:a"));
}

TEST_F(DispatchTest, ReceiverThatDoesNotWantResolvedGetsNone) {
  auto mail = Add(/*send_resolved=*/false);
  Start();
  auto first = Alert("a");
  Dispatch(first);
  Dispatch(Alert("b"));
  executor_.Advance(30 * kSecond);
  Dispatch(Resolved(first, Now()));
  executor_.Advance(5 * kMinute);
  EXPECT_THAT(mail->Told(), ElementsAre("firing:a,b resolved:"));
  Dispatch(Firing({{"alertname", "Down"}, {"name", "a"}}, Now()));
  executor_.Advance(kMinute);
  EXPECT_THAT(mail->Told(), SizeIs(1)) << "a was in the last message already";
}

TEST_F(DispatchTest, AlertThatChangedDuringTheFlushIsToldAgain) {
  auto slack = Add();
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(30 * kSecond);
  Dispatch(Resolved(alert, Now()));
  slack->behaviour = Behaviour::kHangs;
  executor_.Advance(kMinute);
  ASSERT_THAT(slack->hanging, SizeIs(1));
  Dispatch(Firing(alert->labels, Now()));
  slack->behaviour = Behaviour::kWorks;
  slack->hanging.front()({});
  executor_.Run();
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:", "firing:a resolved:"));
}

TEST_F(DispatchTest, DroppingTheDispatcherEndsWhatIsUnderWay) {
  auto slack = Add();
  slack->behaviour = Behaviour::kHangs;
  Start();
  Dispatch(Alert("a"));
  executor_.Advance(30 * kSecond);
  ASSERT_THAT(slack->hanging, SizeIs(1));
  dispatcher_.reset();
  EXPECT_EQ(executor_.pending_timers(), 0U);
  slack->hanging.front()({});
  executor_.Run();
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->attempts, SizeIs(1));
}

}  // namespace
}  // namespace tocsin::notify
