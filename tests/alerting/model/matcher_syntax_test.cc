// The verdicts were asked of amtool 0.33 (check-config with the text as a route's matcher).
#include "alerting/model/matcher_syntax.h"

#include <gmock/gmock.h>

namespace tocsin::model {
namespace {

using testing::HasSubstr;

std::string Read(std::string_view text) {
  auto matchers = ParseMatchers(text);
  if (!matchers) return "error: " + matchers.error().message();
  std::string out;
  for (const Matcher& matcher : *matchers) out += matcher.ToString() + ";";
  return out;
}

TEST(MatcherSyntax, ReadsAllOperatorsWithAndWithoutBraces) {
  EXPECT_EQ(Read("foo=bar"), "foo=\"bar\";");
  EXPECT_EQ(Read("{foo!=\"bar\", a=~\"x.*\" ,b!~y}"), "foo!=\"bar\";a=~\"x.*\";b!~\"y\";");
  EXPECT_EQ(Read("foo = bar"), "foo=\"bar\";");
  EXPECT_EQ(Read("foo=bar,"), "foo=\"bar\";");
  EXPECT_EQ(Read(""), "");
  EXPECT_EQ(Read("{}"), "");
}

TEST(MatcherSyntax, ClassicValuesRunToTheNextCommaOutsideQuotes) {
  EXPECT_EQ(Read("foo=a b"), "foo=\"a b\";");
  EXPECT_EQ(Read("foo=\"a,b\",c=d"), "foo=\"a,b\";c=\"d\";");
  EXPECT_EQ(Read("foo="), "foo=\"\";");
  EXPECT_EQ(Read("foo=bar=baz"), "foo=\"bar=baz\";");
  EXPECT_EQ(Read("foo=a\\\"b"), "foo=\"a\\\"b\";");
  EXPECT_EQ(Read("foo=\"a\\xb\""), "foo=\"a\\\\xb\";");
  EXPECT_EQ(Read("{foo=bar"), "foo=\"bar\";");
}

TEST(MatcherSyntax, Utf8GrammarTakesQuotedNames) {
  EXPECT_EQ(Read("\"foo bar\"=\"x\""), "\"foo bar\"=\"x\";");
  EXPECT_EQ(Read("a.b=c"), "\"a.b\"=\"c\";");
  EXPECT_EQ(Read("\xF0\x9F\x99\x82=x"), "\"\xF0\x9F\x99\x82\"=\"x\";");
  auto unicode = ParseMatchersUtf8("foo=\"\\u00e9\\x41\"");
  ASSERT_TRUE(unicode.has_value());
  EXPECT_EQ(unicode->front().value(),
            "\xC3\xA9"
            "A");
}

TEST(MatcherSyntax, RefusesWhatAmtoolRefuses) {
  for (std::string_view text : {"foo", "foo=bar,,baz=1", ",foo=bar", "foo=\"a\" b", "foo=\"a", "foo=a\"",
                                "foo=~[", "foo!x", "{{foo=bar}}", "foo=~bar,x==\"y\"", "{,}", ","}) {
    EXPECT_FALSE(ParseMatchers(text).has_value()) << text;
  }
}

TEST(MatcherSyntax, ErrorsPointAtTheColumn) {
  auto bad = ParseMatchers("foo=bar, baz");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().position().column, 9);
  EXPECT_THAT(bad.error().message(), HasSubstr("bad matcher format"));
}

}  // namespace
}  // namespace tocsin::model
