#include "alerting/store/index.h"

#include <gmock/gmock.h>

namespace tocsin::store {
namespace {

using model::Labels;
using model::Matcher;
using model::MatchOp;
using testing::ElementsAre;
using testing::IsEmpty;

Index Sample() {
  Index index;
  index.Add(1, Labels{{"__name__", "up"}, {"job", "api"}, {"zone", "a"}});
  index.Add(2, Labels{{"__name__", "up"}, {"job", "web"}});
  index.Add(3, Labels{{"__name__", "down"}, {"job", "api"}});
  return index;
}

Matcher Make(MatchOp op, const char* name, const char* value) { return *Matcher::Make(op, name, value); }

TEST(Index, IntersectsEqualityMatchers) {
  Index index = Sample();
  EXPECT_THAT(index.Select({Matcher::Equal("__name__", "up"), Matcher::Equal("job", "api")}), ElementsAre(1));
  EXPECT_THAT(index.Select({Matcher::Equal("job", "none")}), IsEmpty());
}

TEST(Index, TreatsAMissingLabelAsEmpty) {
  Index index = Sample();
  EXPECT_THAT(index.Select({Matcher::Equal("zone", "")}), ElementsAre(2, 3));
  EXPECT_THAT(index.Select({Make(MatchOp::kNotEqual, "zone", "")}), ElementsAre(1));
  EXPECT_THAT(index.Select({Make(MatchOp::kNotEqual, "zone", "a")}), ElementsAre(2, 3));
  EXPECT_THAT(index.Select({Make(MatchOp::kRegex, "zone", "a?")}), ElementsAre(1, 2, 3));
}

TEST(Index, UnitesTheValuesARegexMatches) {
  Index index = Sample();
  EXPECT_THAT(index.Select({Make(MatchOp::kRegex, "job", "api|web")}), ElementsAre(1, 2, 3));
  EXPECT_THAT(index.Select({Make(MatchOp::kRegex, "job", "w.*")}), ElementsAre(2));
  EXPECT_THAT(index.Select({Make(MatchOp::kNotRegex, "job", "w.*"), Matcher::Equal("__name__", "up")}),
              ElementsAre(1));
}

TEST(Index, SelectsTheSameWithManyCandidatesAsOneByOne) {
  Index index;
  std::vector<Labels> all;
  for (int i = 0; i < 2000; ++i) {
    all.push_back(Labels{{"__name__", "m"}, {"i", std::to_string(i % 37)}, {"j", std::to_string(i)}});
    index.Add(static_cast<SeriesId>(i) + 1, all.back());
  }
  model::Matchers matchers{Matcher::Equal("__name__", "m"), Make(MatchOp::kRegex, "i", "1.*"),
                           Make(MatchOp::kNotRegex, "j", ".*9")};
  SeriesIds expected;
  for (size_t i = 0; i < all.size(); ++i) {
    if (model::MatchesAll(matchers, all[i])) expected.push_back(static_cast<SeriesId>(i) + 1);
  }
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(index.Select(matchers), expected);
}

TEST(Index, ForgetsRemovedSeries) {
  Index index = Sample();
  index.Remove({1});
  EXPECT_EQ(index.Find(Labels{{"__name__", "up"}, {"job", "api"}, {"zone", "a"}}), 0u);
  EXPECT_THAT(index.Select({Matcher::Equal("__name__", "up")}), ElementsAre(2));
  EXPECT_THAT(index.Select({Matcher::Equal("zone", "a")}), IsEmpty());
  EXPECT_EQ(index.size(), 2u);
}

}  // namespace
}  // namespace tocsin::store
