#include "exporter/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::exporter {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

LineStory Story(std::string_view format, std::string_view line) {
  return ExplainLine(parse::ParserFactory::Make(format).value(), line, false);
}

constexpr std::string_view kCommon = R"(::1 - - [30/Oct/2025:21:00:00 +0000] "GET / HTTP/1.1" 200 5)";

TEST(ExplainLine, ShowsEachPieceOfALineThatMatches) {
  const LineStory story = Story("common", kCommon);
  EXPECT_TRUE(story.counted);
  EXPECT_EQ(story.text,
            R"(format   common
         $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent
line     counted

  column  piece             value                                       taken as
       1  $remote_addr      ::1                                         remote_addr
       7  $remote_user      -                                           ignored
      10  $time_local       30/Oct/2025:21:00:00 +0000                  time
      39  $request          GET / HTTP/1.1                              request
      55  $status           200                                         status
      59  $body_bytes_sent  5                                           body_bytes_sent

  Counted as
  method    GET
  status    200
  bytes     5
)");
}

TEST(ExplainLine, PointsAtThePlaceWhereALineStopsMatching) {
  const LineStory story = Story("combined", std::string(kCommon) + R"( "-" x)");
  EXPECT_FALSE(story.counted);
  EXPECT_THAT(story.text, HasSubstr("line     not counted (mismatch): the line does not have this format\n"));
  EXPECT_THAT(story.text, HasSubstr("200 5 \"-\" x\n" + std::string(66, ' ') +
                                    "^ column 65: expected '\" \"' after $http_referer\n"));
  EXPECT_THAT(Story("common", "::1 - - [30/0kt/2025:21").text,
              HasSubstr("column 13: expected $time_local, a time such as 30/Oct/2025:21:00:00 +0000\n"));
  EXPECT_THAT(Story("common", kCommon.substr(0, 45)).text,
              HasSubstr("not counted (truncated): the line ends too early\n"));
}

TEST(ExplainLine, ShowsAWindowOfALongLine) {
  const std::string line = std::string(50, '1') + std::string(kCommon) + " " + std::string(500, 'x');
  EXPECT_THAT(Story("common", line).text, HasSubstr("\n  …"));
  EXPECT_THAT(Story("common", line).text, HasSubstr("x…\n"));
  EXPECT_THAT(Story("common", std::string("\x1b[31m")).text, Not(HasSubstr("\x1b")));
}

TEST(ExplainLine, SaysOfEachJsonKeyWhatBecomesOfIt) {
  const LineStory story = Story(
      "json",
      R"({"status":"200","foo":1,"request_time":"x","upstream_addr":"a:1, b:1","upstream_status":"502, 200","urt":0.1, 0.2})");
  EXPECT_TRUE(story.counted);
  EXPECT_THAT(story.text, HasSubstr("line     counted (bare_value): a bare value is no JSON"));
  EXPECT_THAT(story.text,
              HasSubstr("foo              1                                           ignored\n"));
  EXPECT_THAT(story.text, HasSubstr("upstream_response_time, bare_value\n"));
  EXPECT_THAT(story.text, HasSubstr("  duration  left out (bad_number): 'x'\n"));
  EXPECT_THAT(story.text,
              HasSubstr("  attempts  a:1: 502 after 0.100 s\n            b:1: 200 after 0.200 s, a retry\n"));
  EXPECT_THAT(Story("json", R"({"status":200,"a" 1})").text,
              HasSubstr("^ column 19: expected a key in quotes and a colon\n"));
}

TEST(ExplainLine, WithAutoSaysWhichFormatItIsAndWhyNoOther) {
  const LineStory story = Story("auto", kCommon);
  EXPECT_THAT(story.text, StartsWith("format   common (recognised)\n"));
  EXPECT_THAT(story.text, HasSubstr("  json          column 1: expected '{'\n"));
  EXPECT_THAT(
      story.text,
      HasSubstr("  combined      column 60: expected ' \"' after $body_bytes_sent, but the line ends\n"));
  const LineStory none = Story("auto", R"(::1 - - [30/Oct/2025:21:00:00 +0000] GET)");
  EXPECT_FALSE(none.counted);
  EXPECT_THAT(none.text, HasSubstr("(none fits; this one fits farthest)\n"));
}

}  // namespace
}  // namespace tocsin::exporter
