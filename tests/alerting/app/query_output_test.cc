#include "alerting/commands/query_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tocsin::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(QueryOutput, PrintsAVectorAsATable) {
  const json data = json::parse(
      R"({"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[1,"1"]},)"
      R"({"metric":{},"value":[1,"NaN"]}]})");
  EXPECT_EQ(FormatAnswer(data, std::nullopt, {}), "up{job=\"a\"}  1\n{}           NaN\n");
  EXPECT_EQ(FormatAnswer(json::parse(R"({"resultType":"vector","result":[]})"), std::nullopt, {}),
            "no series\n");
  EXPECT_EQ(FormatAnswer(json::parse(R"({"resultType":"scalar","result":[1,"2.5"]})"), std::nullopt, {}),
            "2.5\n");
}

TEST(QueryOutput, PlotsARangeWithALegend) {
  const json data = json::parse(
      R"({"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[0,"1"],[60,"5"],[120,"+Inf"]]}]})");
  const std::string text = FormatAnswer(data, 60, {});
  EXPECT_THAT(text, HasSubstr("┤"));
  EXPECT_THAT(text, HasSubstr("\n━━ {a=\"b\"}  last +Inf  min 1  avg 3  max 5\n"));
}

TEST(QueryOutput, ListsTheSamplesOfARangeVector) {
  const json data =
      json::parse(R"({"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[0.5,"1"]]}]})");
  EXPECT_EQ(FormatAnswer(data, std::nullopt, {}), "{a=\"b\"}\n  1970-01-01T00:00:00.500Z  1\n");
  EXPECT_EQ(FormatAnswer(json::parse(R"({"odd":1})"), std::nullopt, {}), "{\n  \"odd\": 1\n}\n");
}

}  // namespace
}  // namespace tocsin::app
