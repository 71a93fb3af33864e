// The stages that keep messages back, in a whole pipeline under a clock that stands still.
#include <gmock/gmock.h>

#include "tests/alerting/notify/pipeline.h"

namespace tocsin::notify {
namespace {

using ::testing::ElementsAre;
using testing::Firing;
using ::testing::IsEmpty;
using testing::kMinute;
using testing::kSecond;
using testing::PipelineTest;
using testing::Resolved;
using ::testing::SizeIs;

/// Routes without wait, an interval of a minute.
class MutingTest : public PipelineTest {
 protected:
  MutingTest() { route_.group_wait = Duration(0); }

  std::string Silence(const char* name) {
    notify::Silence silence;
    silence.matchers = {model::Matcher::Equal("name", name)};
    silence.starts_at = Now();
    silence.ends_at = Now() + 60 * kMinute;
    return silences_->Set(silence).value();
  }
  /// Every minute of an hour that begins at the next full minute but one.
  void MuteFromNowOn() {
    TimeInterval always;
    always.years = {{2000, 3000}};
    intervals_ = {{"always", {always}}};
    route_.mute_time_intervals = {"always"};
  }
};

TEST_F(MutingTest, SilencedAlertIsNotToldUntilTheSilenceEnds) {
  auto slack = Add();
  Start();
  const std::string id = Silence("a");
  Dispatch(Alert("a"));
  Dispatch(Alert("b"));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:b resolved:"));
  ASSERT_TRUE(silences_->Expire(id).has_value());
  executor_.Advance(kMinute);
  EXPECT_EQ(slack->Told().back(), "firing:a,b resolved:");
}

TEST_F(MutingTest, EndOfAToldAlertIsToldThoughItIsSilencedByThen) {
  auto slack = Add();
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(kSecond);
  Silence("a");
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:", "firing: resolved:a"));
}

TEST_F(MutingTest, EndOfAToldAlertIsToldThoughOthersWereToldSince) {
  auto slack = Add();
  Start();
  auto a = Alert("a");
  Dispatch(a);
  executor_.Advance(kSecond);
  Silence("a");
  auto b = Alert("b");
  Dispatch(b);
  executor_.Advance(kMinute);
  Dispatch(Resolved(b, Now()));
  executor_.Advance(kMinute);
  Dispatch(Resolved(a, Now()));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:", "firing:b resolved:", "firing: resolved:b",
                                         "firing: resolved:a"));
}

TEST_F(MutingTest, EndOfASilencedAlertIsNotToldWhenAlertmanagersWayIsAskedFor) {
  pipeline_.resolve_muted = false;
  auto slack = Add();
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(kSecond);
  Silence("a");
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(5 * kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:"));
}

TEST_F(MutingTest, EndOfAnAlertThatWasNeverToldIsNotTold) {
  auto slack = Add();
  Start();
  Silence("a");
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(kMinute);
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(5 * kMinute);
  EXPECT_THAT(slack->Told(), IsEmpty());
}

TEST_F(MutingTest, InhibitedAlertIsToldWhenItsSourceIsOver) {
  inhibitor_ = std::make_shared<Inhibitor>(std::vector<InhibitRuleOptions>{
      {{model::Matcher::Equal("name", "source")}, {model::Matcher::Equal("name", "target")}, {"alertname"}}});
  auto slack = Add();
  Start();
  auto source = Alert("source");
  Dispatch(source);
  Dispatch(Alert("target"));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:source resolved:"));
  Dispatch(Resolved(source, Now()));
  executor_.Advance(kMinute);
  EXPECT_EQ(slack->Told().back(), "firing:target resolved:source");
}

TEST_F(MutingTest, MuteIntervalKeepsEverythingBackButAwaitedEnds) {
  auto slack = Add();
  Start();
  auto alert = Alert("a");
  Dispatch(alert);
  executor_.Advance(kSecond);
  EXPECT_THAT(slack->Told(), SizeIs(1));
  MuteFromNowOn();
  Start();  // a reload with another configuration
  Dispatch(alert);
  Dispatch(Alert("b"));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), SizeIs(1));
  Dispatch(Resolved(alert, Now()));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:", "firing: resolved:a"));
}

TEST_F(MutingTest, RouteIsMutedOutsideItsActiveIntervals) {
  TimeInterval next_hour;
  const int hour = static_cast<int>(Now().millis() / 3'600'000 % 24);
  next_hour.times = {{(hour + 1) % 24 * 60, (hour + 1) % 24 * 60 + 60}};
  intervals_ = {{"next hour", {next_hour}}};
  route_.active_time_intervals = {"next hour"};
  auto slack = Add();
  Start();
  Dispatch(Firing({{"alertname", "Down"}, {"name", "a"}}, Now(), 300 * kMinute));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), IsEmpty());
  executor_.Advance(60 * kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:"));
}

TEST_F(MutingTest, CooldownHoldsARefireAndTellsItWhenItEnds) {
  pipeline_.cooldown = 300 * kSecond;
  auto slack = Add();
  Start();
  auto first = Alert("a");
  Dispatch(first);
  executor_.Advance(kMinute);
  Dispatch(Resolved(first, Now()));
  executor_.Advance(kMinute);
  EXPECT_THAT(slack->Told(), ElementsAre("firing:a resolved:", "firing: resolved:a"))
      << "an end is never held";
  Dispatch(Alert("a"));
  executor_.Advance(3 * kMinute - kSecond);
  EXPECT_THAT(slack->Told(), SizeIs(2));
  executor_.Advance(kSecond);
  EXPECT_EQ(slack->Told().back(), "firing:a resolved:") << "300 s after the first beginning was told";
  EXPECT_THAT(slack->Told(), SizeIs(3));
}

TEST_F(MutingTest, CooldownTellsNothingOfARefireThatIsOverWhenItEnds) {
  pipeline_.cooldown = 300 * kSecond;
  auto slack = Add();
  Start();
  auto first = Alert("a");
  Dispatch(first);
  executor_.Advance(kMinute);
  Dispatch(Resolved(first, Now()));
  executor_.Advance(kMinute);
  auto second = Alert("a");
  Dispatch(second);
  executor_.Advance(kMinute);
  Dispatch(Resolved(second, Now()));
  executor_.Advance(20 * kMinute);
  EXPECT_THAT(slack->Told(), SizeIs(2));
}

TEST_F(MutingTest, CooldownOfOneAlertnameHoldsNoOther) {
  pipeline_.cooldown = 300 * kSecond;
  route_.group_by = std::vector<std::string>{};
  auto slack = Add();
  Start();
  Dispatch(Alert("a"));
  executor_.Advance(kMinute);
  Dispatch(Firing({{"alertname", "Slow"}, {"name", "b"}}, Now()));
  executor_.Advance(kMinute);
  EXPECT_EQ(slack->Told().back(), "firing:a,b resolved:");
}

}  // namespace
}  // namespace tocsin::notify
