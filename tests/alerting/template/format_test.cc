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

TEST(Sprintf, Strings) {
  EXPECT_EQ(F("%s|%6s|%-6s|%.2s|%q|%x|% X", {"abc", "abc", "abc", "abc", "a\"b\n", "abc", "abc"}),
            "abc|   abc|abc   |ab|\"a\\\"b\\n\"|616263|61 62 63");
  EXPECT_EQ(F("%5s|%.1s", {"é", "éa"}), "    é|é");
}

TEST(Sprintf, ListsAndMapsHandTheVerbOn) {
  EXPECT_EQ(F("%v %d %q", {List{1, 2.5, "x"}, List{1, 2}, List{"a", "b"}}), "[1 2.5 x] [1 2] [\"a\" \"b\"]");
  EXPECT_EQ(F("%v %s", {Map{{"b", 2}, {"a", "x"}}, Map{{"k", 1}}}), "map[a:x b:2] map[k:%!s(int=1)]");
}

TEST(Sprintf, TellsWhatIsWrongAsGoDoes) {
  EXPECT_EQ(F("%d", {"x"}), "%!d(string=x)");
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
