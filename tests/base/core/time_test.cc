#include "base/time.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(ParseDuration, ReadsPrometheusUnits) {
  EXPECT_EQ(ParseDuration("5m"), minutes(5));
  EXPECT_EQ(ParseDuration("1h30m"), minutes(90));
  EXPECT_EQ(ParseDuration("250ms"), Duration(250));
  EXPECT_EQ(ParseDuration("1y2w3d"), hours(24 * (365 + 14 + 3)));
  EXPECT_EQ(ParseDuration("0"), Duration(0));
  EXPECT_EQ(ParseDuration("0s"), Duration(0));
}

TEST(ParseDuration, RefusesWhatPrometheusRefuses) {
  for (const char* text :
       {"5", "m", "1m1h", "1h1h", "-5m", "+5m", "5 m", "1.5h", "5M", "5mm", "99999999999y", "1h30"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
  EXPECT_EQ(ParseDuration("").error().message(), "empty duration string");
  EXPECT_EQ(ParseDuration("x").error().message(), "not a valid duration string: \"x\"");
  EXPECT_EQ(ParseDuration("999999999999y").error().message(), "duration out of range");
}

TEST(FormatDuration, PrintsWhatParseReads) {
  for (const char* text :
       {"0s", "1ms", "500ms", "5m", "1h30m", "1d", "1w", "8d", "1y", "366d", "1h1m1s1ms", "90d"}) {
    auto duration = ParseDuration(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(FormatDuration(*duration), text);
  }
  EXPECT_EQ(FormatDuration(minutes(90)), "1h30m");
  EXPECT_EQ(FormatDuration(Duration(-1500)), "-1s500ms");
}

TEST(Rfc3339, RoundTripsInUtc) {
  EXPECT_EQ(FormatRfc3339(Timestamp::FromMillis(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatRfc3339(Timestamp::FromMillis(1'700'000'000'250)), "2023-11-14T22:13:20.250Z");
  EXPECT_EQ(ParseRfc3339("2023-11-14T22:13:20.250Z"), Timestamp::FromMillis(1'700'000'000'250));
  EXPECT_EQ(ParseRfc3339("2023-11-15T00:13:20.25+02:00"), Timestamp::FromMillis(1'700'000'000'250));
  EXPECT_EQ(ParseRfc3339("1969-12-31T23:59:59.999Z"), Timestamp::FromMillis(-1));
}

TEST(Rfc3339, RefusesMalformedTimes) {
  for (const char* text :
       {"", "2023-11-14", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z", "2023-02-30T22:13:20Z",
        "2023-11-14T24:13:20Z", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zx"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(Timestamp, RoundsSecondsToMilliseconds) {
  EXPECT_EQ(Timestamp::FromSeconds(1.0006).millis(), 1001);
  EXPECT_EQ(Timestamp::FromSeconds(-1.0006).millis(), -1001);
}

}  // namespace
}  // namespace tocsin
