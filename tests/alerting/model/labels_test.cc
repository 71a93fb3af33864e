#include "alerting/model/labels.h"

#include <gtest/gtest.h>

namespace tocsin::model {
namespace {

TEST(Labels, SortAndDropEmptyValuesAndKeepTheLastOfEqualNames) {
  Labels labels({{"b", "2"}, {"a", "1"}, {"gone", ""}, {"b", "3"}});
  EXPECT_EQ(labels.ToString(), "{a=\"1\", b=\"3\"}");
  EXPECT_EQ(labels.Get("a"), "1");
  EXPECT_EQ(labels.Get("gone"), "");
  EXPECT_EQ(labels.Get("zzz"), "");
  EXPECT_FALSE(labels.Has("aa"));
}

TEST(Labels, AreEqualWhateverTheOrderTheyWereGivenIn) {
  Labels one({{"a", "1"}, {"b", "2"}});
  Labels two({{"b", "2"}, {"a", "1"}});
  EXPECT_EQ(one, two);
  EXPECT_EQ(one.hash(), two.hash());
  EXPECT_NE(one, Labels({{"a", "1"}}));
  EXPECT_NE(Labels({{"a", "bc"}}).hash(), Labels({{"ab", "c"}}).hash());
  EXPECT_EQ(Labels(), Labels({{"a", ""}}));
}

TEST(Labels, CompareByNamesAndValuesInTurn) {
  EXPECT_LT(Labels({{"a", "1"}}), Labels({{"a", "2"}}));
  EXPECT_LT(Labels({{"a", "1"}}), Labels({{"a", "1"}, {"b", "1"}}));
  EXPECT_LT(Labels(), Labels({{"a", "1"}}));
}

TEST(Labels, WithoutOneAreASetOfTheirOwn) {
  const Labels whole({{"__name__", "up"}, {"a", "1"}, {"b", "2"}});
  const Labels part = whole.Without("__name__");
  EXPECT_EQ(part, Labels({{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(part.hash(), Labels({{"a", "1"}, {"b", "2"}}).hash());
  EXPECT_EQ(part.Without("b"), Labels({{"a", "1"}}));
  EXPECT_EQ(part.Without("zzz"), part);
  EXPECT_EQ(part.Without("b").Without("a"), Labels());
  EXPECT_EQ(Labels().Without("a"), Labels());
}

TEST(Labels, LastAsLongAsAPartOfThem) {
  Labels whole({{"__name__", "up"}, {"a", "a text that is too long to stand within a string"}, {"b", "2"}});
  Labels part = whole.Without("b").Without("__name__");
  whole = Labels({{"other", "set"}});
  EXPECT_EQ(part.Get("a"), "a text that is too long to stand within a string");
  Labels moved = std::move(part);
  part = moved;
  moved = Labels();
  EXPECT_EQ(part.size(), 1U);
}

// Figures from a real Alertmanager's /api/v2/alerts.
TEST(Labels, FingerprintAsAlertmanagerDoes) {
  EXPECT_EQ(Labels().Fingerprint(), 14695981039346656037u);
  EXPECT_EQ(Labels({{"alertname", "Probe"}, {"severity", "page"}}).Fingerprint(), 0x0fd468c7e16f3ef8u);
}

TEST(Labels, PrintAsPrometheusDoes) {
  EXPECT_EQ(Labels({{"__name__", "up"}, {"job", "x"}}).ToString(), "up{job=\"x\"}");
  EXPECT_EQ(Labels({{"__name__", "up"}}).ToString(), "up");
  EXPECT_EQ(Labels().ToString(), "{}");
  EXPECT_EQ(Labels({{"__name__", "a.b"}, {"c d", "x"}}).ToString(), "{\"a.b\", \"c d\"=\"x\"}");
}

TEST(LabelsBuilder, SetsDeletesAndKeeps) {
  LabelsBuilder builder(Labels({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  builder.Set("a", "9").Delete("b").Set("d", "4").Set("c", "");
  EXPECT_EQ(builder.Get("a"), "9");
  EXPECT_EQ(builder.Build().ToString(), "{a=\"9\", d=\"4\"}");
  std::vector<std::string> names{"d", "zzz"};
  EXPECT_EQ(builder.Keep(names).Build().ToString(), "{d=\"4\"}");
}

TEST(LabelsBuilder, TakesTextsOfItself) {
  LabelsBuilder builder(Labels({{"a", "1"}}));
  builder.Set("b", builder.Get("a")).Set("a", "2").Set("c", builder.Get("a")).Set("a", builder.Get("b"));
  EXPECT_EQ(builder.Build().ToString(), "{a=\"1\", b=\"1\", c=\"2\"}");
  LabelsBuilder fewer(builder.Build());
  EXPECT_EQ(fewer.Delete("b").Build(), Labels({{"a", "1"}, {"c", "2"}}));
  EXPECT_EQ(fewer.Delete("a").Delete("c").Build(), Labels());
}

TEST(Names, AreJudgedByTheirGrammar) {
  EXPECT_TRUE(IsClassicLabelName("_a1"));
  EXPECT_FALSE(IsClassicLabelName("1a"));
  EXPECT_FALSE(IsClassicLabelName("a:b"));
  EXPECT_TRUE(IsClassicMetricName("a:b"));
  EXPECT_FALSE(IsClassicMetricName(""));
  EXPECT_TRUE(IsUtf8Name("größe"));
  EXPECT_FALSE(IsUtf8Name("\xff"));
  EXPECT_FALSE(IsUtf8Name("\xc0\x80"));
  EXPECT_FALSE(IsUtf8Name("\xed\xa0\x80"));
  EXPECT_FALSE(IsUtf8Name(""));
}

TEST(Quote, EscapesAsGoDoes) {
  EXPECT_EQ(Quote("a\"b\\c\n\t"), "\"a\\\"b\\\\c\\n\\t\"");
  EXPECT_EQ(Quote(std::string_view("\0\x01\x7f\xff", 4)), "\"\\x00\\x01\\x7f\\xff\"");
  EXPECT_EQ(Quote("größe"), "\"größe\"");
}

}  // namespace
}  // namespace tocsin::model
