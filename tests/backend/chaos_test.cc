#include "backend/chaos.h"

#include <future>

#include <gmock/gmock.h>

namespace tocsin::backend {
namespace {

using Effect = Chaos::Effect;
using std::chrono::seconds;

constexpr ChaosOptions kLong{.hold = Duration(60'000), .max_held = 8, .slow_delay = Duration(60'000)};

TEST(ChaosMode, UnknownNameListsTheChoices) {
  const auto mode = ParseChaosMode("flood");
  ASSERT_FALSE(mode);
  EXPECT_EQ(mode.error().message(), "unknown mode 'flood'; known are error, timeout, slow, cpu");
}

TEST(ChaosMode, NamesParseBack) {
  for (const auto mode : {ChaosMode::kError, ChaosMode::kTimeout, ChaosMode::kSlow, ChaosMode::kCpu}) {
    EXPECT_EQ(ParseChaosMode(ChaosModeName(mode)).value(), mode);
  }
}

TEST(Chaos, IsOffAtFirstAndAfterStop) {
  Chaos chaos(kLong);
  EXPECT_EQ(chaos.Apply(), Effect::kNone);
  chaos.Start(ChaosMode::kError);
  EXPECT_EQ(chaos.Apply(), Effect::kFail);
  chaos.Stop();
  EXPECT_EQ(chaos.mode(), ChaosMode::kOff);
  EXPECT_EQ(chaos.Apply(), Effect::kNone);
}

TEST(Chaos, HeldRequestTimesOut) {
  Chaos chaos({.hold = Duration(1)});
  chaos.Start(ChaosMode::kTimeout);
  EXPECT_EQ(chaos.Apply(), Effect::kTimedOut);
}

TEST(Chaos, StopLetsHeldAndSlowRequestsGo) {
  for (const auto mode : {ChaosMode::kTimeout, ChaosMode::kSlow}) {
    Chaos chaos(kLong);
    chaos.Start(mode);
    auto effect = std::async(std::launch::async, [&] { return chaos.Apply(); });
    chaos.Stop();
    ASSERT_EQ(effect.wait_for(seconds(30)), std::future_status::ready);
    EXPECT_EQ(effect.get(), Effect::kNone);
  }
}

TEST(Chaos, RequestsOverTheLimitTimeOutAtOnce) {
  Chaos chaos({.hold = Duration(60'000), .max_held = 0});
  chaos.Start(ChaosMode::kTimeout);
  EXPECT_EQ(chaos.Apply(), Effect::kTimedOut);
}

TEST(Chaos, CpuModeAnswersAndEnds) {
  Chaos chaos(kLong);
  chaos.Start(ChaosMode::kCpu);
  EXPECT_EQ(chaos.Apply(), Effect::kNone);
  chaos.Start(ChaosMode::kCpu);
  chaos.Stop();
}

}  // namespace
}  // namespace tocsin::backend
