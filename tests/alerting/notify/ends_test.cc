// The end of an alert that was told is told, whatever keeps it back by then, and is told once: every
// combination of silence, inhibition, the two kinds of time intervals and a restart, with
// --notify.resolve-muted and, as Alertmanager does it, without.
#include <gmock/gmock.h>

#include "tests/alerting/notify/kept.h"

namespace tocsin::notify {
namespace {

using testing::Firing;
using testing::KeptTest;
using testing::kMinute;
using testing::kSecond;
using testing::Resolved;

enum class Restarts { kNever, kBeforeTheEnd, kBeforeTheEndIsTold };
using Case = std::tuple<bool, bool, bool, bool, Restarts, bool>;

class EndsTest : public KeptTest, public ::testing::WithParamInterface<Case> {
 protected:
  bool silenced() const { return std::get<0>(GetParam()); }
  bool inhibited() const { return std::get<1>(GetParam()); }
  bool in_mute_interval() const { return std::get<2>(GetParam()); }
  bool outside_active_interval() const { return std::get<3>(GetParam()); }
  Restarts restarts() const { return std::get<4>(GetParam()); }
  bool resolve_muted() const { return std::get<5>(GetParam()); }
  bool muted() const { return silenced() || inhibited() || in_mute_interval() || outside_active_interval(); }

  /// Minutes of the day from one moment to another.
  static TimeInterval Between(Timestamp from, Timestamp to) {
    const auto minute = [](Timestamp t) { return static_cast<int>(t.millis() / 60'000 % 1440); };
    TimeInterval interval;
    interval.times = {{minute(from), minute(to)}};
    return interval;
  }

  void SetUp() override {
    Stop();
    const int64_t hour = 3'600'000;
    executor_.Advance(Duration(hour - Now().millis() % hour));
    pipeline_.resolve_muted = resolve_muted();
    options_.route.group_by = {"alertname"};
    options_.inhibit_rules.push_back(
        {{model::Matcher::Equal("alertname", "Explains")}, {model::Matcher::Equal("alertname", "Down")}, {}});
    const Timestamp muted_from = Now() + 2 * kMinute;
    const Timestamp muted_to = Now() + 20 * kMinute;
    if (in_mute_interval()) {
      options_.time_intervals.push_back({"muted", {Between(muted_from, muted_to)}});
      options_.route.mute_time_intervals = {"muted"};
    }
    if (outside_active_interval()) {
      options_.time_intervals.push_back(
          {"active", {Between(Now(), muted_from), Between(muted_to, muted_to + 30 * kMinute)}});
      options_.route.active_time_intervals = {"active"};
    }
    Start();
  }

  void Mute() {
    if (silenced()) {
      Silence silence;
      silence.matchers = {model::Matcher::Equal("alertname", "Down")};
      silence.starts_at = Now();
      silence.ends_at = Now() + 10 * kMinute;
      ASSERT_TRUE(silences_->Set(silence).has_value());
    }
    if (inhibited()) Receive(Firing({{"alertname", "Explains"}}, Now(), 10 * kMinute));
    executor_.Advance(kSecond);
  }

  /// How many messages said so of the alert.
  size_t Told(std::string_view status) const {
    const std::string start = R"({"receiver":"team","status":")" + std::string(status);
    return static_cast<size_t>(
        std::count_if(http_.requests.begin(), http_.requests.end(), [&](const auto& request) {
          return request.body.starts_with(start) &&
                 request.body.find(R"("alertname":"Down")") != std::string::npos;
        }));
  }
};

TEST_P(EndsTest, EndIsToldOnceUnlessItIsMutedInAlertmanagersWay) {
  const auto alert = Firing({{"alertname", "Down"}}, Now());
  Receive(alert);
  executor_.Advance(2 * kMinute);
  ASSERT_EQ(Told("firing"), 1U);
  Mute();
  if (restarts() == Restarts::kBeforeTheEnd) Restart(kSecond);
  Receive(Resolved(alert, Now()));
  if (restarts() == Restarts::kBeforeTheEndIsTold) Restart(Duration(0));
  executor_.Advance(kMinute);
  const size_t expected = muted() && !resolve_muted() ? 0 : 1;
  EXPECT_EQ(Told("resolved"), expected);
  executor_.Advance(40 * kMinute);
  EXPECT_EQ(Told("resolved"), expected) << "when nothing is muted any more";
  EXPECT_EQ(Told("firing"), 1U);
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  const auto& [silence, inhibition, mute, active, restarts, resolve_muted] = info.param;
  std::string name;
  if (silence) name += "Silence";
  if (inhibition) name += "Inhibition";
  if (mute) name += "MuteInterval";
  if (active) name += "ActiveInterval";
  if (restarts == Restarts::kBeforeTheEnd) name += "RestartBeforeTheEnd";
  if (restarts == Restarts::kBeforeTheEndIsTold) name += "RestartBeforeItIsTold";
  if (name.empty()) name = "Nothing";
  return name + (resolve_muted ? "" : "AsAlertmanager");
}

INSTANTIATE_TEST_SUITE_P(All, EndsTest,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool(), ::testing::Bool(),
                                            ::testing::Bool(),
                                            ::testing::Values(Restarts::kNever, Restarts::kBeforeTheEnd,
                                                              Restarts::kBeforeTheEndIsTold),
                                            ::testing::Bool()),
                         NameOf);

}  // namespace
}  // namespace tocsin::notify
