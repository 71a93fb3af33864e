#include "alerting/commands/plot.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Terminal kPlain{.columns = 52, .color = false, .unicode = true};
constexpr Terminal kAscii{.columns = 52, .color = false, .unicode = false};
constexpr Terminal kColors52{.columns = 52, .color = true, .unicode = true};

PlotLine Rising(std::string name, double from, double to) {
  PlotLine line{std::move(name), {}};
  for (int i = 0; i <= 60; ++i) line.points.push_back({i * 60.0, from + (to - from) * i / 60});
  return line;
}

std::vector<std::string> RowsOf(const std::string& text) {
  std::vector<std::string> rows;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    rows.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return rows;
}

TEST(Plot, DrawsOneLineFromCornerToCorner) {
  const auto rows = RowsOf(Plot({Rising("a", 0, 90)}, 60, kAscii));
  ASSERT_EQ(rows.size(), 19U);
  EXPECT_THAT(rows[0], HasSubstr("100 +"));
  EXPECT_THAT(rows[15], HasSubstr("  0 +a"));
  EXPECT_EQ(rows[16].size(), rows[1].find('|') + 1 + 40) << "the axis is as wide as the plot";
  EXPECT_THAT(rows[17], HasSubstr("00:00"));
  EXPECT_THAT(rows[17], HasSubstr("01:00"));
  EXPECT_THAT(rows[18], HasSubstr("1970-01-01 UTC"));
}

TEST(Plot, DrawsBrailleWhereLinesCanBeToldApart) {
  EXPECT_THAT(Plot({Rising("a", 0, 9)}, 60, kPlain), HasSubstr("⡠"));
  const std::vector<PlotLine> two{Rising("a", 0, 9), Rising("b", 9, 0)};
  EXPECT_THAT(Plot(two, 60, kPlain), HasSubstr("aaa"));
  EXPECT_THAT(Plot(two, 60, kColors52), Not(HasSubstr("aaa")));
  EXPECT_THAT(Plot(two, 60, kColors52), HasSubstr("\x1b[38;5;33m⣀"));
  EXPECT_EQ(PlotMark(0, 2, kPlain), "a ");
  EXPECT_EQ(PlotMark(0, 1, kPlain), "━━");
  EXPECT_EQ(PlotMark(1, 2, kColors52), "\x1b[38;5;208m━━\x1b[0m");
}

TEST(Plot, LeavesGapsOpen) {
  PlotLine line{"a", {{0, 1}, {60, 1}, {600, 1}, {660, 1}, {720, NAN}, {780, 1}, {840, 1}}};
  const std::string text = Plot({line}, 60, kAscii);
  EXPECT_THAT(text, HasSubstr("aaaa                    "));
  EXPECT_EQ(std::count(text.begin(), text.end(), 'a'), 12);
}

TEST(Plot, HasAScaleForValuesThatAreAllTheSameOrHuge) {
  EXPECT_THAT(Plot({Rising("a", 5, 5)}, 60, kAscii), HasSubstr("5"));
  EXPECT_THAT(Plot({Rising("a", 0, 0)}, 60, kAscii), HasSubstr("0 +"));
  EXPECT_THAT(Plot({Rising("a", -1e300, 1e300)}, 60, kAscii), HasSubstr("e+300"));
  EXPECT_FALSE(Plot({{"a", {{0, -1.7e308}, {60, 1.7e308}}}}, 60, kAscii).empty());
  EXPECT_FALSE(Plot({{"a", {{0, 1.7e308}, {60, 1.7e308}}}}, 60, kAscii).empty());
  EXPECT_FALSE(Plot({Rising("a", 1e-320, 2e-320)}, 60, kAscii).empty());
  EXPECT_FALSE(Plot({{"a", {{0, 1e17}, {60, 1e17 + 16}}}}, 60, kAscii).empty());
  EXPECT_EQ(Plot({{"a", {{0, NAN}}}}, 60, kAscii), "");
  EXPECT_FALSE(Plot({{"a", {{0, 1}}}}, 60, kAscii).empty());
}

TEST(Plot, NamesDaysOverALongTime) {
  PlotLine line{"a", {{0, 1}, {86'400.0 * 7, 2}}};
  EXPECT_THAT(Plot({line}, 86'400.0 * 7, kAscii), HasSubstr("01-08 00:00"));
  line.points.back().time = 30;
  EXPECT_THAT(Plot({line}, 30, kAscii), HasSubstr("00:00:30"));
}

}  // namespace
}  // namespace tocsin::app
