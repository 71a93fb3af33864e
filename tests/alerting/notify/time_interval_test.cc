#include <gmock/gmock.h>

#include "alerting/notify/timeinterval/time_intervals.h"

namespace tocsin::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Timestamp At(const char* text) { return ParseRfc3339(text).value(); }

TEST(TimeInterval, TimesHaveTheirStartAndNotTheirEnd) {
  TimeInterval interval;
  interval.times = {{ParseTimeOfDay("09:00").value(), ParseTimeOfDay("17:00").value()}};
  EXPECT_FALSE(interval.Contains(At("2026-11-20T08:59:59.999Z")));
  EXPECT_TRUE(interval.Contains(At("2026-11-20T09:00:00Z")));
  EXPECT_TRUE(interval.Contains(At("2026-11-20T16:59:59Z")));
  EXPECT_FALSE(interval.Contains(At("2026-11-20T17:00:00Z")));
  interval.times = {{0, ParseTimeOfDay("24:00").value()}};
  EXPECT_TRUE(interval.Contains(At("2026-11-20T23:59:59Z")));
}

TEST(TimeInterval, AsksTheWallClockOfItsLocation) {
  TimeInterval interval;
  interval.location = "Europe/Berlin";
  interval.times = {{9 * 60, 17 * 60}};
  EXPECT_TRUE(interval.Contains(At("2026-11-20T08:30:00Z"))) << "an hour ahead in winter";
  EXPECT_FALSE(interval.Contains(At("2026-11-20T16:30:00Z")));
  EXPECT_TRUE(interval.Contains(At("2026-07-20T07:30:00Z"))) << "two in summer";
  interval.location = "Asia/Kathmandu";
  interval.times = {{0, 60}};
  interval.weekdays = {ParseWeekdays("saturday").value()};
  EXPECT_TRUE(interval.Contains(At("2026-11-20T18:20:00Z"))) << "it is Saturday there, 5:45 ahead";
}

TEST(TimeInterval, WeekdaysAreRangesThatDoNotWrap) {
  TimeInterval interval;
  interval.weekdays = {ParseWeekdays("monday:friday").value()};
  EXPECT_TRUE(interval.Contains(At("2026-11-20T12:00:00Z"))) << "a Friday";
  EXPECT_FALSE(interval.Contains(At("2026-11-21T12:00:00Z")));
  EXPECT_THAT(ParseWeekdays("friday:monday").error().message(), HasSubstr("cannot be before"));
}

TEST(TimeInterval, DaysOfMonthCountFromItsEndWhenNegative) {
  TimeInterval interval;
  interval.days_of_month = {ParseDaysOfMonth("-3:-1").value()};
  EXPECT_FALSE(interval.Contains(At("2026-02-25T12:00:00Z")));
  EXPECT_TRUE(interval.Contains(At("2026-02-26T12:00:00Z")));
  EXPECT_TRUE(interval.Contains(At("2024-02-29T12:00:00Z"))) << "a leap year";
  EXPECT_FALSE(interval.Contains(At("2026-03-28T12:00:00Z")));
}

TEST(TimeInterval, DaysOfMonthAreCutAtItsEnd) {
  TimeInterval interval;
  interval.days_of_month = {ParseDaysOfMonth("28:31").value()};
  EXPECT_TRUE(interval.Contains(At("2026-02-28T12:00:00Z")));
  EXPECT_FALSE(interval.Contains(At("2026-03-01T12:00:00Z")));
  interval.days_of_month = {ParseDaysOfMonth("31").value()};
  EXPECT_FALSE(interval.Contains(At("2026-02-28T12:00:00Z"))) << "February has no 31st";
  interval.days_of_month = {ParseDaysOfMonth("-31:-30").value()};
  EXPECT_FALSE(interval.Contains(At("2026-02-01T12:00:00Z")));
}

TEST(TimeInterval, MonthsAndYearsByNameAndNumber) {
  TimeInterval interval;
  interval.months = {ParseMonths("march:may").value(), ParseMonths("12").value()};
  interval.years = {ParseYears("2025:2026").value()};
  EXPECT_TRUE(interval.Contains(At("2026-04-30T12:00:00Z")));
  EXPECT_TRUE(interval.Contains(At("2025-12-31T23:59:59Z")));
  EXPECT_FALSE(interval.Contains(At("2026-06-01T00:00:00Z")));
  EXPECT_FALSE(interval.Contains(At("2027-04-01T00:00:00Z")));
}

TEST(TimeInterval, RefusesWhatAlertmanagerRefuses) {
  for (const char* text : {"9:00", "24:01", "25:00", "09:60", "", "0900", "ab:cd"}) {
    EXPECT_FALSE(ParseTimeOfDay(text).has_value()) << text;
  }
  for (const char* text : {"0", "32", "-32", "5:1", "-1:-5", "-5:5", "x", "", "1:2:3"}) {
    EXPECT_FALSE(ParseDaysOfMonth(text).has_value()) << text;
  }
  for (const char* text : {"0", "13", "may:march", "smarch", ""})
    EXPECT_FALSE(ParseMonths(text).has_value()) << text;
  for (const char* text : {"2026:2025", "x", ""}) EXPECT_FALSE(ParseYears(text).has_value()) << text;
  EXPECT_FALSE(CheckLocation("Mars/Olympus").has_value());
  for (const char* zone : {"", "UTC", "Local", "America/St_Johns"})
    EXPECT_TRUE(CheckLocation(zone).has_value()) << zone;
}

TEST(TimeIntervals, MuteInOneOrOutsideOfAll) {
  TimeInterval weekend;
  weekend.weekdays = {ParseWeekdays("saturday").value(), ParseWeekdays("sunday").value()};
  TimeInterval night;
  night.times = {{22 * 60, 24 * 60}};
  const TimeIntervals intervals({{"weekend", {weekend}}, {"night", {night}}});
  const Timestamp friday_night = At("2026-11-20T23:00:00Z");
  const Timestamp friday_noon = At("2026-11-20T12:00:00Z");
  EXPECT_THAT(intervals.Holding({"weekend", "night"}, friday_night), ElementsAre("night"));
  EXPECT_THAT(intervals.Holding({"weekend", "night"}, friday_noon), IsEmpty());
  EXPECT_THAT(intervals.OutsideOf({"weekend", "night"}, friday_noon), ElementsAre("weekend", "night"));
  EXPECT_THAT(intervals.OutsideOf({"weekend", "night"}, friday_night), IsEmpty());
  EXPECT_THAT(intervals.OutsideOf({}, friday_noon), IsEmpty()) << "no intervals, always active";
}

}  // namespace
}  // namespace tocsin::notify
