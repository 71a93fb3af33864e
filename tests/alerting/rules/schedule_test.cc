#include "alerting/rules/schedule.h"

#include <set>

#include <gtest/gtest.h>

namespace tocsin::rules {
namespace {

TEST(Schedule, SlotsLieOneIntervalApartAndAfterNow) {
  const Schedule schedule("rules.yml", "a", Duration(500));
  const Timestamp first = schedule.After(Timestamp::FromMillis(1'000'000));
  EXPECT_GT(first.millis(), 1'000'000);
  EXPECT_LE(first.millis(), 1'000'500);
  EXPECT_EQ(schedule.After(first), first + Duration(500));
}

TEST(Schedule, SlotsAreTheSameWhateverTimeTheyAreAskedAt) {
  const Schedule schedule("rules.yml", "a", Duration(60'000));
  const Timestamp slot = schedule.After(Timestamp::FromMillis(0));
  EXPECT_EQ(schedule.After(slot - Duration(1)), slot);
  EXPECT_EQ((schedule.After(Timestamp::FromMillis(1'700'000'000'123)) - slot) % Duration(60'000),
            Duration(0));
}

TEST(Schedule, GroupsSpreadOverTheInterval) {
  std::set<int64_t> offsets;
  for (int i = 0; i < 100; ++i) {
    offsets.insert(Schedule("rules.yml", std::to_string(i), Duration(60'000)).After(Timestamp()).millis());
  }
  EXPECT_GT(offsets.size(), 95U);
}

TEST(Schedule, WaitsForTheNextSlotAfterAShortEvaluation) {
  const Schedule schedule("f", "g", Duration(1000));
  const auto next = schedule.Following(Timestamp::FromMillis(5000), Timestamp::FromMillis(5200));
  EXPECT_EQ(next.slot.millis(), 6000);
  EXPECT_EQ(next.missed, 0U);
}

TEST(Schedule, SkipsAndCountsSlotsThatPassed) {
  const Schedule schedule("f", "g", Duration(1000));
  const auto next = schedule.Following(Timestamp::FromMillis(5000), Timestamp::FromMillis(8300));
  EXPECT_EQ(next.slot.millis(), 8000);
  EXPECT_EQ(next.missed, 2U);
}

TEST(Schedule, AClockThatWentBackWaitsForTheNextSlot) {
  const Schedule schedule("f", "g", Duration(1000));
  EXPECT_EQ(schedule.Following(Timestamp::FromMillis(5000), Timestamp::FromMillis(100)).slot.millis(), 6000);
}

}  // namespace
}  // namespace tocsin::rules
