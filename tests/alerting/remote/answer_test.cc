#include "alerting/remote/answer.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::remote {
namespace {

using ::testing::ElementsAre;

TEST(Answer, ReadsVectors) {
  const auto result = ReadAnswer(200, R"({"status":"success","data":{"resultType":"vector","result":[
    {"metric":{"__name__":"up","job":"x"},"value":[1700000000.25,"1.5"]},
    {"metric":{},"value":[1700000000.25,"NaN"]},{"metric":{"a":"b"},"value":[1,"-Inf"]}]},
    "warnings":["w"],"infos":["i"]})");
  ASSERT_TRUE(result) << result.error().ToString();
  const auto& vector = std::get<model::Vector>(result->value);
  ASSERT_EQ(vector.size(), 3U);
  EXPECT_EQ(vector[0].labels.ToString(), "up{job=\"x\"}");
  EXPECT_EQ(vector[0].timestamp.millis(), 1'700'000'000'250);
  EXPECT_EQ(std::get<double>(vector[0].value), 1.5);
  EXPECT_TRUE(std::isnan(std::get<double>(vector[1].value)));
  EXPECT_EQ(std::get<double>(vector[2].value), -HUGE_VAL);
  EXPECT_THAT(result->warnings, ElementsAre("w"));
  EXPECT_THAT(result->infos, ElementsAre("i"));
}

TEST(Answer, ReadsTheOtherTypes) {
  const auto matrix = ReadAnswer(
      200,
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"2"],[3,"+Inf"]]}]}})");
  ASSERT_TRUE(matrix);
  EXPECT_EQ(std::get<model::Matrix>(matrix->value)[0].samples[1].timestamp.millis(), 3000);
  const auto scalar =
      ReadAnswer(200, R"({"status":"success","data":{"resultType":"scalar","result":[1.5,"1e+21"]}})");
  ASSERT_TRUE(scalar);
  EXPECT_EQ(std::get<model::Scalar>(scalar->value).value, 1e21);
  const auto text =
      ReadAnswer(200, R"({"status":"success","data":{"resultType":"string","result":[1,"x"]}})");
  ASSERT_TRUE(text);
  EXPECT_EQ(std::get<model::String>(text->value).value, "x");
}

ErrorCode CodeOfAnswer(int status, std::string_view body) {
  const auto result = ReadAnswer(status, body);
  return result ? ErrorCode::kInternal : result.error().code();
}

TEST(Answer, KeepsTheWordsAndTheTypeOfAnError) {
  const auto refused =
      ReadAnswer(422, R"({"status":"error","errorType":"execution","error":"found duplicate series"})");
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().message(), "found duplicate series");
  EXPECT_EQ(CodeOfAnswer(503, R"({"status":"error","errorType":"timeout","error":"x"})"),
            ErrorCode::kTimeout);
  EXPECT_EQ(CodeOfAnswer(499, R"({"status":"error","errorType":"canceled","error":"x"})"),
            ErrorCode::kCanceled);
  EXPECT_EQ(CodeOfAnswer(503, R"({"status":"error","errorType":"unavailable","error":"x"})"),
            ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfAnswer(422, R"({"status":"error","errorType":"422","error":"x"})"),
            ErrorCode::kInvalidArgument);
}

TEST(Answer, SaysWhenItIsNoQueryApi) {
  EXPECT_EQ(CodeOfAnswer(200, "hello"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfAnswer(401, "Unauthorized"), ErrorCode::kPermission);
  EXPECT_EQ(CodeOfAnswer(200, "[]"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfAnswer(200, R"({"status":"success"})"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfAnswer(200, R"({"status":7,"data":{}})"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfAnswer(200, R"({"status":"success","data":{"resultType":"vector","result":{"a":1}}})"),
            ErrorCode::kUnavailable);
  EXPECT_EQ(
      CodeOfAnswer(
          200,
          R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}})"),
      ErrorCode::kUnavailable);
  EXPECT_EQ(
      CodeOfAnswer(
          200,
          R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}})"),
      ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tocsin::remote
