#include "alerting/model/simple_pattern.h"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <re2/re2.h>

namespace tocsin::model {
namespace {

using testing::ElementsAre;
using testing::Pointee;

bool ByRe2(const std::string& pattern, const std::string& text) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  return RE2::FullMatch(text, RE2(pattern, options));
}

bool CompilesInRe2(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  return RE2(pattern, options).ok();
}

TEST(SimplePattern, KnowsAlternativesOfLiterals) {
  EXPECT_THAT(SimplePattern::Parse("b|a|b")->literals(), Pointee(ElementsAre("a", "b")));
  EXPECT_THAT(SimplePattern::Parse("(a\\.b|c)")->literals(), Pointee(ElementsAre("a.b", "c")));
  EXPECT_THAT(SimplePattern::Parse("(?:x)")->literals(), Pointee(ElementsAre("x")));
  EXPECT_THAT(SimplePattern::Parse("a|")->literals(), Pointee(ElementsAre("", "a")));
  EXPECT_EQ(SimplePattern::Parse("a.*|b")->literals(), nullptr);
}

TEST(SimplePattern, LeavesWhatItCantDoToRe2) {
  for (const char* pattern : {"a+", "a?", "[ab]", "a{2}", "^a", "a$", "\\d+", "(a|b)c", "(?i)a", "a.*?b",
                              "(a)(b)", "\\Qa\\E", "a\\", "(a\\)", ".{3}", ".**"}) {
    EXPECT_FALSE(SimplePattern::Parse(pattern)) << pattern;
  }
}

TEST(SimplePattern, LeavesTextBeyondAsciiToRe2WhereADotIsAskedFor) {
  EXPECT_EQ(SimplePattern::Parse("caf.")->Matches("caf\xc3\xa9"), std::nullopt);
  EXPECT_EQ(SimplePattern::Parse("caf\xc3\xa9|tea")->Matches("caf\xc3\xa9"), true);
}

/// Patterns and texts of few letters, so that they often match: whatever it decides, RE2 decides the same.
TEST(SimplePattern, AgreesWithRe2OnRandomPatternsAndTexts) {
  std::mt19937 random(5);
  constexpr std::string_view kPieces[] = {"a",   "b", "ab", ".", ".*",  ".+", "|",
                                          "\\.", "5", "(",  ")", "(?:", "x?", "\\|"};
  constexpr std::string_view kLetters = "ab5.|\nx";
  auto text_of = [&](size_t most) {
    std::string text(random() % most, ' ');
    for (char& c : text) c = kLetters[random() % kLetters.size()];
    return text;
  };
  int decided = 0;
  int matched = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string pattern;
    for (auto pieces = random() % 7; pieces > 0; --pieces) pattern += kPieces[random() % std::size(kPieces)];
    const auto simple = SimplePattern::Parse(pattern);
    if (!simple || !CompilesInRe2(pattern)) continue;
    for (int texts = 0; texts < 8; ++texts) {
      const std::string text = text_of(7);
      const auto matches = simple->Matches(text);
      ASSERT_TRUE(matches.has_value());
      ASSERT_EQ(*matches, ByRe2(pattern, text)) << "pattern " << pattern << " text " << text;
      ++decided;
      matched += *matches ? 1 : 0;
    }
  }
  EXPECT_GT(decided, 10'000);
  EXPECT_GT(matched, 1'000);
}

}  // namespace
}  // namespace tocsin::model
