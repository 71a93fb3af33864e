#include "alerting/model/matcher.h"

#include <gtest/gtest.h>

namespace tocsin::model {
namespace {

Matcher Make(MatchOp op, const char* value) { return *Matcher::Make(op, "job", value); }

TEST(Matcher, ComparesWholeValues) {
  EXPECT_TRUE(Make(MatchOp::kEqual, "a").Matches("a"));
  EXPECT_FALSE(Make(MatchOp::kEqual, "a").Matches("ab"));
  EXPECT_TRUE(Make(MatchOp::kNotEqual, "a").Matches("ab"));
  EXPECT_TRUE(Make(MatchOp::kRegex, "a|b+").Matches("bb"));
  EXPECT_FALSE(Make(MatchOp::kRegex, "a|b+").Matches("xbb"));
  EXPECT_FALSE(Make(MatchOp::kNotRegex, "a.*").Matches("abc"));
}

TEST(Matcher, LetsADotMatchANewline) { EXPECT_TRUE(Make(MatchOp::kRegex, "a.b").Matches("a\nb")); }

TEST(Matcher, TakesAMissingLabelAsEmpty) {
  EXPECT_TRUE(Make(MatchOp::kEqual, "").Matches(Labels()));
  EXPECT_TRUE(Make(MatchOp::kRegex, ".*").Matches(Labels()));
  EXPECT_FALSE(Make(MatchOp::kRegex, ".+").Matches(Labels()));
  EXPECT_TRUE(
      MatchesAll({Make(MatchOp::kNotEqual, "x"), Make(MatchOp::kEqual, "a")}, Labels({{"job", "a"}})));
  EXPECT_FALSE(
      MatchesAll({Make(MatchOp::kNotEqual, "x"), Make(MatchOp::kEqual, "a")}, Labels({{"job", "b"}})));
}

TEST(Matcher, RefusesABadExpression) {
  auto matcher = Matcher::Make(MatchOp::kRegex, "job", "a(");
  ASSERT_FALSE(matcher);
  EXPECT_EQ(matcher.error().message(), "error parsing regexp: missing closing ): `a(`");
  EXPECT_FALSE(Matcher::Make(MatchOp::kRegex, "job", "a)(b"));
}

TEST(Matcher, SpellsExpressionsAsGoDoes) {
  const auto matches = [](const char* pattern, const char* text) {
    return Matcher::Make(MatchOp::kRegex, "job", pattern)->Matches(text);
  };
  EXPECT_TRUE(matches("(?<name>a)b", "ab"));
  EXPECT_TRUE(matches("[(?<n>]+", "(?<n>"));
  EXPECT_TRUE(matches("\\(?<a", "<a"));
  EXPECT_TRUE(matches("\\Q(?<a>\\E", "(?<a>"));
  EXPECT_TRUE(matches("[]](?<n>x)[^]][[:alpha:](?<]", "]xa<"));
  const auto error = [](const char* pattern) {
    return Matcher::Make(MatchOp::kRegex, "job", pattern).error().message();
  };
  EXPECT_EQ(error("a)"), "error parsing regexp: unexpected ): `a)`");
  EXPECT_EQ(error("[a-"), "error parsing regexp: missing closing ]: `[a-`");
  EXPECT_EQ(error("a{1001}"), "error parsing regexp: invalid repeat count: `{1001}`");
  EXPECT_EQ(error("(?<a-b>x)"), "error parsing regexp: invalid named capture: `(?<a-b>`");
  EXPECT_EQ(error("(?<=x)y"), "error parsing regexp: invalid named capture: `(?<=x)y`");
  EXPECT_EQ(error("(?f)x"), "error parsing regexp: invalid or unsupported Perl syntax: `(?f`");
}

TEST(Matcher, PrintsItself) {
  EXPECT_EQ(Make(MatchOp::kNotRegex, "a\"b").ToString(), "job!~\"a\\\"b\"");
  EXPECT_EQ(Matcher::Make(MatchOp::kEqual, "a b", "c")->ToString(), "\"a b\"=\"c\"");
}

}  // namespace
}  // namespace tocsin::model
