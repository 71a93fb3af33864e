#include "alerting/template/time_format.h"

#include <gtest/gtest.h>

#include "alerting/template/zone.h"

namespace tocsin::templating {
namespace {

const Time kTime{Timestamp::FromMillis(1'435'065'584'128), {}, "UTC"};  // Tue Jun 23 13:19:44.128 2015

TEST(FormatTime, KnowsGosLayoutPieces) {
  EXPECT_EQ(FormatTime(kTime, "Mon Jan _2 15:04:05.000 MST 2006 06 1/2 3:4:5pm PM Z07:00 -0700 .999 002"),
            "Tue Jun 23 13:19:44.128 UTC 2015 15 6/23 1:19:44pm PM Z +0000 .128 174");
  EXPECT_EQ(FormatTime(kTime, "Monday, 02-January-2006"), "Tuesday, 23-June-2015");
  EXPECT_EQ(FormatTime(kTime, "2006-01-02T15:04:05Z07:00"), "2015-06-23T13:19:44Z");
}

TEST(FormatTime, ZeroTimeIsTheYearOne) {
  EXPECT_EQ(FormatTime({Timestamp::FromMillis(-62'135'596'800'000), {}, "UTC"}, kGoTimeString),
            "0001-01-01 00:00:00 +0000 UTC");
}

TEST(FormatTime, OutOfAllCalendarsStaysDefined) {
  EXPECT_FALSE(FormatTime({Timestamp::Max(), {}, "UTC"}, "2006").empty());
  EXPECT_FALSE(FormatTime({Timestamp::Min(), {}, "UTC"}, "2006").empty());
}

TEST(InZone, KnowsSummerAndWinter) {
  const auto summer = InZone(kTime, "Europe/Berlin");
  ASSERT_TRUE(summer) << summer.error().ToString();
  EXPECT_EQ(FormatTime(*summer, "15:04 MST -0700"), "15:19 CEST +0200");
  const auto winter = InZone({Timestamp::FromMillis(1'700'000'000'000), {}, "UTC"}, "America/New_York");
  ASSERT_TRUE(winter);
  EXPECT_EQ(FormatTime(*winter, "15:04 MST -07:00"), "17:13 EST -05:00");
}

TEST(InZone, UnknownOrSuspiciousNamesAreErrors) {
  for (const char* zone : {"Nowhere/X", "../../etc/passwd", "/etc/localtime", "Europe", ""}) {
    const auto time = InZone(kTime, zone);
    EXPECT_EQ(time.has_value(), std::string_view(zone).empty()) << zone;  // Go takes "" for UTC
  }
}

Value Call(const Value& on, std::string_view name, const std::vector<Value>& args = {}) {
  auto result = on.As<Time>() != nullptr ? CallTimeMethod(*on.As<Time>(), name, args)
                                         : CallDurationMethod(*on.As<Value::Nanoseconds>(), name, args);
  if (!result) return "no such method";
  return *result ? **result : Value(result->error().message());
}

TEST(TimeMethods, TellTheTime) {
  EXPECT_EQ(Call(kTime, "Unix").ToString(), "1435065584");
  EXPECT_EQ(Call(kTime, "Year").ToString(), "2015");
  EXPECT_EQ(Call(kTime, "Format", {"15h"}).ToString(), "13h");
  EXPECT_EQ(Call(kTime, "Format").ToString(), "wrong number of args for Format: want 1 got 0");
  EXPECT_EQ(Call(kTime, "Format", {5}).ToString(), "wrong type for value; expected string; got int");
  EXPECT_EQ(Call(kTime, "Nope").ToString(), "no such method");
}

TEST(TimeMethods, SubtractAndCompare) {
  const Value later = Timestamp::FromMillis(1'435'065'584'128 + 90'000);
  EXPECT_EQ(Call(later, "Sub", {kTime}).ToString(), "1m30s");
  EXPECT_EQ(Call(Call(later, "Sub", {kTime}), "Minutes").ToString(), "1.5");
  EXPECT_EQ(Call(later, "After", {kTime}).ToString(), "true");
  EXPECT_EQ(Call(Value(Timestamp::Max()), "Sub", {Value(Timestamp::Min())}).ToString(),
            "2562047h47m16.854775807s");
}

TEST(TimeMethods, MoveByTheCalendar) {
  const auto moved = [](int64_t seconds, int years, int months, int days) {
    return Call(Value(Timestamp::FromMillis(seconds * 1000)), "AddDate", {years, months, days}).ToString();
  };
  EXPECT_EQ(moved(951'782'400, 1, 0, 0), "2001-03-01 00:00:00 +0000 UTC");
  EXPECT_EQ(moved(951'782'400, 0, -14, 31), "1999-01-29 00:00:00 +0000 UTC");
  EXPECT_EQ(moved(1'706'659'200, 0, 1, 0), "2024-03-02 00:00:00 +0000 UTC");
  EXPECT_EQ(moved(0, -1, 13, -400), "1968-12-28 00:00:00 +0000 UTC");
  EXPECT_EQ(Call(kTime, "AddDate", {1}).ToString(), "wrong number of args for AddDate: want 3 got 1");
  const Value hour = std::chrono::nanoseconds(std::chrono::hours(1));
  EXPECT_EQ(Call(Value(Timestamp::FromMillis(-1'500)), "Truncate", {hour}).ToString(),
            "1969-12-31 23:00:00 +0000 UTC");
  EXPECT_EQ(Call(Value(Timestamp::FromMillis(1'700'001'000'000)), "Round", {hour}).ToString(),
            "2023-11-14 23:00:00 +0000 UTC");
}

TEST(TimeMethods, GiveMonthsAndDays) {
  EXPECT_EQ(Call(kTime, "Month").ToString(), "June");
  EXPECT_EQ(Call(kTime, "Weekday").ToString(), "Tuesday");
  EXPECT_EQ(Call(kTime, "Compare", {kTime}).ToString(), "0");
  EXPECT_EQ(Call(kTime, "Date").ToString(), "can't call method/function \"Date\" with 3 results");
  EXPECT_EQ(FormatTime(kTime, "Money Jane Mon -07:00:00 Z070000"), "Money Jane Tue +00:00:00 Z");
}

TEST(DurationMethods, Round) {
  EXPECT_EQ(Call(Duration(1'600), "Round", {Duration(1'000)}).ToString(), "2s");
  EXPECT_EQ(Call(Duration(1'600), "Truncate", {Duration(1'000)}).ToString(), "1s");
}

}  // namespace
}  // namespace tocsin::templating
