#include "alerting/collect/scrape/schedule.h"

#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

Timestamp At(int64_t millis) { return Timestamp::FromMillis(millis); }

TEST(Schedule, SlotsAreOffsetByTheHash) {
  const Schedule schedule(Duration(500), 1230);  // 230 into each half second
  EXPECT_EQ(schedule.SlotAt(At(1000)), At(730));
  EXPECT_EQ(schedule.SlotAt(At(1230)), At(1230));
  EXPECT_EQ(schedule.SlotAt(At(0)), At(-270));
}

TEST(Schedule, LeavesPassedSlotsOut) {
  const Schedule schedule(Duration(500), 0);
  EXPECT_EQ(schedule.Next(At(1000), At(1003)), At(1500));
  EXPECT_EQ(schedule.Next(At(1000), At(3210)), At(3500));
}

TEST(Schedule, AnEarlyTimerDoesNotFireItsSlotTwice) {
  EXPECT_EQ(Schedule(Duration(500), 0).Next(At(1000), At(999)), At(1500));
}

TEST(Schedule, StartsAnewWhenTheClockWasSetBack) {
  EXPECT_EQ(Schedule(Duration(500), 0).Next(At(1'000'000), At(2'100)), At(2'500));
}

}  // namespace
}  // namespace tocsin::collect
