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
  EXPECT_EQ(matcher.error().message(), "bad regular expression \"a(\": missing ): a(");
  EXPECT_FALSE(Matcher::Make(MatchOp::kRegex, "job", "a)(b"));
}

TEST(Matcher, PrintsItself) {
  EXPECT_EQ(Make(MatchOp::kNotRegex, "a\"b").ToString(), "job!~\"a\\\"b\"");
  EXPECT_EQ(Matcher::Make(MatchOp::kEqual, "a b", "c")->ToString(), "\"a b\"=\"c\"");
}

}  // namespace
}  // namespace tocsin::model
