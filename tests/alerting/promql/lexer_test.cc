#include "alerting/promql/parse/lexer.h"

#include <gmock/gmock.h>

#include "alerting/promql/parse/literals.h"

namespace tocsin::promql {
namespace {

using testing::ElementsAre;

std::vector<TokenKind> KindsOf(std::string_view text) {
  std::vector<TokenKind> kinds;
  for (const Token& token : Tokenize(text)) kinds.push_back(token.kind);
  return kinds;
}

TEST(Lexer, KnowsKeywordsByTheirPlace) {
  using K = TokenKind;
  EXPECT_THAT(KindsOf("sum by"), ElementsAre(K::kAggregateOp, K::kBy, K::kEnd));
  EXPECT_THAT(KindsOf("{sum=\"by\"}"),
              ElementsAre(K::kLeftBrace, K::kIdentifier, K::kEqual, K::kString, K::kRightBrace, K::kEnd));
  EXPECT_THAT(KindsOf("a:b[5m:1m]"), ElementsAre(K::kMetricIdentifier, K::kLeftBracket, K::kDuration,
                                                 K::kColon, K::kDuration, K::kRightBracket, K::kEnd));
}

TEST(Lexer, SkipsCommentsAndCountsBytes) {
  std::vector<Token> tokens = Tokenize("# a comment\n  foo # another");
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens[0].span.start, 14u);
  EXPECT_EQ(tokens[0].span.end, 17u);
}

TEST(Lexer, StopsAtTheFirstFault) {
  std::vector<Token> tokens = Tokenize("foo £ bar");
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens[1].kind, TokenKind::kError);
  EXPECT_EQ(tokens[1].text, "unexpected character: '£'");
}

TEST(Literals, ReadsNumbersAsGoDoes) {
  EXPECT_EQ(ParseNumber("0x1F"), 31);
  EXPECT_EQ(ParseNumber("010"), 8);
  EXPECT_EQ(ParseNumber("08"), 8);
  EXPECT_EQ(ParseNumber("1_000.5"), 1000.5);
  EXPECT_EQ(ParseNumber("1e3"), 1000);
  EXPECT_EQ(ParseNumber("5."), 5);
  EXPECT_EQ(ParseNumber(".5"), 0.5);
  EXPECT_EQ(ParseNumber("Inf"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(*ParseNumber("NAN")));
  EXPECT_FALSE(ParseNumber("0x"));
}

TEST(Literals, ReadsEveryQuoteAndEscape) {
  EXPECT_EQ(ReadQuoted(R"("a\"b'c\n\x41\101\u00e9\U0001F600")").value, "a\"b'c\nAAé😀");
  EXPECT_EQ(ReadQuoted(R"('a\'b"c')").value, "a'b\"c");
  EXPECT_EQ(ReadQuoted("`a\\n\nb`").value, "a\\n\nb");
  EXPECT_EQ(ReadQuoted(R"("\q")").error, "unknown escape sequence U+0071 'q'");
  EXPECT_EQ(ReadQuoted("\"a\nb\"").error, "unterminated quoted string");
  EXPECT_EQ(ReadQuoted(R"("\ud800")").error, "escape sequence is an invalid Unicode code point");
}

}  // namespace
}  // namespace tocsin::promql
