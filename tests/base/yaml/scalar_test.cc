#include "base/yaml/scalar.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::yaml {
namespace {

Node Plain(std::string text) { return PlainScalar(std::move(text), {}); }

TEST(Scalar, TakesGoYamlsWordsForBooleans) {
  for (const char* word : {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"}) {
    EXPECT_EQ(Plain(word).kind, Kind::kBool) << word;
    EXPECT_TRUE(Plain(word).bool_value) << word;
  }
  for (const char* word : {"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"}) {
    EXPECT_EQ(Plain(word).kind, Kind::kBool) << word;
    EXPECT_FALSE(Plain(word).bool_value) << word;
  }
  EXPECT_EQ(Plain("yEs").kind, Kind::kString);
}

TEST(Scalar, KnowsNullInFourSpellings) {
  for (const char* word : {"", "~", "null", "Null", "NULL"}) EXPECT_EQ(Plain(word).kind, Kind::kNull) << word;
  EXPECT_EQ(Plain("nULL").kind, Kind::kString);
  EXPECT_EQ(Plain("~").text, "");
}

TEST(Scalar, ReadsIntegersInEveryBase) {
  const std::pair<const char*, int64_t> cases[] = {
      {"0", 0},      {"15", 15},      {"-3", -3},
      {"+3", 3},     {"017", 15},     {"0o17", 15},
      {"0x1f", 31},  {"-0x1F", -31},  {"0b101", 5},
      {"-0b11", -3}, {"1_000", 1000}, {"9223372036854775807", std::numeric_limits<int64_t>::max()},
  };
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(Plain(text).kind, Kind::kInt) << text;
    EXPECT_EQ(Plain(text).int_value, value) << text;
    EXPECT_EQ(Plain(text).float_value, static_cast<double>(value)) << text;
    EXPECT_EQ(Plain(text).text, text);
  }
}

TEST(Scalar, ReadsFloats) {
  const std::pair<const char*, double> cases[] = {
      {"1.5", 1.5},
      {"-.5", -0.5},
      {".5", 0.5},
      {"1.", 1},
      {"1e3", 1000},
      {"+1.5E-1", 0.15},
      {"089", 89},
      {"18446744073709551615", 18446744073709551615.0},
      {".inf", std::numeric_limits<double>::infinity()},
      {"-.INF", -std::numeric_limits<double>::infinity()},
  };
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(Plain(text).kind, Kind::kFloat) << text;
    EXPECT_EQ(Plain(text).float_value, value) << text;
  }
  EXPECT_TRUE(std::isnan(Plain(".nan").float_value));
}

TEST(Scalar, LeavesEverythingElseAString) {
  for (const char* text : {"5s", "1.2.3", "2020-01-01", "2020-01-01T00:00:00Z", "12:30:45", "-", "+", ".",
                           "..", "0x", "1e", "inf", "nan", "0xfg", "10.0.0.1:9090", "=~"}) {
    EXPECT_EQ(Plain(text).kind, Kind::kString) << text;
    EXPECT_FALSE(Plain(text).quoted);
  }
}

TEST(Scalar, QuotedIsAStringWhateverItLooksLike) {
  EXPECT_EQ(QuotedScalar("true", {}).kind, Kind::kString);
  EXPECT_TRUE(QuotedScalar("5", {}).quoted);
}

TEST(Scalar, TagsDecideTheType) {
  EXPECT_EQ(TaggedScalar("tag:yaml.org,2002:str", "5", {})->kind, Kind::kString);
  EXPECT_EQ(TaggedScalar("tag:yaml.org,2002:float", "5", {})->kind, Kind::kFloat);
  EXPECT_EQ(TaggedScalar("!mine", "5", {})->kind, Kind::kString);
  EXPECT_EQ(TaggedScalar("tag:yaml.org,2002:int", "x", {"f", 1, 2}).error().ToString(),
            "f:1:2: \"x\" is no int, as its tag says");
  EXPECT_EQ(TaggedScalar("tag:yaml.org,2002:binary", "x", {}).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tocsin::yaml
