// Expected texts are what Go's fmt gives, asked of promtool 3.5.
#include "alerting/template/format.h"

#include <limits>

#include <gtest/gtest.h>

namespace tocsin::templating {
namespace {

std::string F(std::string_view format, const std::vector<Value>& args = {}) { return Sprintf(format, args); }

TEST(Sprintf, Integers) {
  EXPECT_EQ(F("%5d|%-5d|%05d|%+d|% d", {42, 42, 42, 42, 42}), "   42|42   |00042|+42| 42");
  EXPECT_EQ(F("%x|%X|%#x|%o|%#o|%b|%c|%U|%q", {255, 255, 255, 8, 8, 5, 65, 65, 65}),
            "ff|FF|0xff|10|010|101|A|U+0041|'A'");
  EXPECT_EQ(F("%d", {std::numeric_limits<int64_t>::min()}), "-9223372036854775808");
  EXPECT_EQ(F("%#08x|%08x|%+08x|%#o|%#.3o|%.0d|%5.0d|%08.3d", {42, -42, 42, 0, 8, 0, 0, 42}),
            "0x0000002a|-000002a|+000002a|0|010||     |     042");
  EXPECT_EQ(F("%#U|%.6U", {65, 65}), "U+0041 'A'|U+000041");
  EXPECT_EQ(F("%#O|%O|%#o", {39, 39, 0}), "0o047|0o47|0");
}

TEST(Sprintf, FloatsTakeAnExponentFromAMillionOn) {
  EXPECT_EQ(F("%v %v %v %v", {100000.0, 1000000.0, 123456789.0, 0.00001}),
            "100000 1e+06 1.23456789e+08 1e-05");
  EXPECT_EQ(F("%8.3f|%-8.2f|%08.2f|%+.1f|%.3g|%e", {3.14159, 3.14159, 3.14159, 3.14159, 123456.0, 1234.5}),
            "   3.142|3.14    |00003.14|+3.1|1.23e+05|1.234500e+03");
  EXPECT_EQ(
      F("%v %v %6.1f", {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
                        -std::numeric_limits<double>::infinity()}),
      "+Inf NaN   -Inf");
}

TEST(Sprintf, FloatsWithFlagsAndInOtherBases) {
  EXPECT_EQ(F("%#g|%#G|%#.3g|%#.0f|%#v|%#g|%#.2g", {1.5, 1e20, 0.0, 5.0, 1.5, 100000.0, 123456.0}),
            "1.50000|1.00000E+20|0.00|5.|1.5|100000.|1.2e+05");
  EXPECT_EQ(F("%x|%X|%.2x|%#x|%b|%b|% x|%010x", {1.5, 1e21, 3.14159, 2.0, 1.5, 5e-324, 1.0, 0.5}),
            "0x1.8p+00|0X1.B1AE4D6E2EF5P+69|0x1.92p+01|0x1.0000p+01|6755399441055744p-52|1p-1074| "
            "0x1p+00|0000x1p-01");
}

TEST(Sprintf, Strings) {
  EXPECT_EQ(F("%s|%6s|%-6s|%.2s|%q|%x|% X", {"abc", "abc", "abc", "abc", "a\"b\n", "abc", "abc"}),
            "abc|   abc|abc   |ab|\"a\\\"b\\n\"|616263|61 62 63");
  EXPECT_EQ(F("%5s|%.1s", {"é", "éa"}), "    é|é");
}

TEST(Sprintf, ListsAndMapsHandTheVerbOn) {
  EXPECT_EQ(F("%v %d %q", {List{1, 2.5, "x"}, List{1, 2}, List{"a", "b"}}), "[1 2.5 x] [1 2] [\"a\" \"b\"]");
  EXPECT_EQ(F("%v %s", {Map{{"b", 2}, {"a", "x"}}, Map{{"k", 1}}}), "map[a:x b:2] map[k:%!s(int=1)]");
}

TEST(Sprintf, MonthsAndDaysHaveNames) {
  const Value month = Named{Named::Type::kMonth, 2};
  const Value day = Named{Named::Type::kWeekday, 2};
  EXPECT_EQ(F("%d %v %s %q %5d|%12v|%x|%#v|%T", {month, month, month, month, day, month, month, month, day}),
            "2 February February \"February\"     2|    February|4665627275617279|2|time.Weekday");
  EXPECT_EQ(F("%v", {Named{Named::Type::kMonth, 13}}), "%!Month(13)");
}

TEST(Sprintf, TellsWhatIsWrongAsGoDoes) {
  EXPECT_EQ(F("%+z|%#z|%08.2z|%8t", {5, "a", 1.555, "x"}),
            "%!z(int=+5)|%!z(string=a)|%!z(float64=000001.6)|%!t(string=       x)");
  EXPECT_EQ(F("%d", {"x"}), "%!d(string=x)");
  EXPECT_EQ(F("%08b|%5d", {true, "hi"}), "%!b(bool=0000true)|%!d(string=   hi)");
  EXPECT_EQ(F("%d %d", {1}), "1 %!d(MISSING)");
  EXPECT_EQ(F("%d", {1, 2}), "1%!(EXTRA int=2)");
  EXPECT_EQ(F("%z %s %t", {1, Value(), 1}), "%!z(int=1) %!s(<nil>) %!t(int=1)");
  EXPECT_EQ(F("%"), "%!(NOVERB)");
}

TEST(Sprintf, ArgumentsByIndexAndStar) {
  EXPECT_EQ(F("%[2]d %[1]d", {1, 2}), "2 1");
  EXPECT_EQ(F("%*d|%-*d|%.*f", {5, 42, 5, 42, 2, 3.14159}), "   42|42   |3.14");
  EXPECT_EQ(F("%[3]d", {1}), "%!d(BADINDEX)");
}

TEST(Sprintf, HugeWidthsStayBounded) { EXPECT_LE(F("%999999d", {1}).size(), 200'000U); }

TEST(Sprint, PutsSpacesBetweenOperandsThatAreNoStrings) {
  const std::vector<Value> args = {1, 2, "a", "b", 3, 4.5, true, Value()};
  EXPECT_EQ(Sprint(args), "1 2ab3 4.5 true <nil>");
  EXPECT_EQ(Sprintln(args), "1 2 a b 3 4.5 true <nil>\n");
}

TEST(GoDuration, PrintsTheLargestUnitsFirst) {
  using std::chrono::nanoseconds;
  EXPECT_EQ(FormatGoDuration(nanoseconds(0)), "0s");
  EXPECT_EQ(FormatGoDuration(nanoseconds(1'500)), "1.5µs");
  EXPECT_EQ(FormatGoDuration(nanoseconds(250'000'000)), "250ms");
  EXPECT_EQ(FormatGoDuration(nanoseconds(-3'723'500'000'000)), "-1h2m3.5s");
}

TEST(Value, KnowsGosTruth) {
  for (const Value& v :
       {Value(), Value(false), Value(0), Value(0.0), Value(""), Value(List{}), Value(Map{})}) {
    EXPECT_FALSE(v.Truth()) << v.TypeName();
  }
  for (const Value& v :
       {Value(true), Value(-1), Value(0.1), Value("0"), Value(List{0}), Value(Timestamp())}) {
    EXPECT_TRUE(v.Truth()) << v.TypeName();
  }
}

}  // namespace
}  // namespace tocsin::templating
