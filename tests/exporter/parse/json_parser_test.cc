#include "exporter/parse/json_parser.h"

#include <gtest/gtest.h>

namespace tocsin::parse {
namespace {

constexpr std::string_view kLine =
    R"({"time":"2025-10-30T21:00:00+00:00","remote_addr":"172.18.0.1","request":"GET /api/users/7 HTTP/1.1",)"
    R"("status":200,"body_bytes_sent":512,"upstream_status":"500, 200",)"
    R"("upstream_addr":"172.18.0.2:3000, 172.18.0.3:3000","request_time":0.023,)"
    R"("upstream_response_time":"0.002, 0.021","pool":"green","release":"green-release-1"})";

struct Parsed {
  LineFault fault;
  LogRecord record;
};

TEST(JsonParser, ReadsEveryFieldOfALine) {
  JsonParser parser;
  LogRecord record;
  ASSERT_EQ(parser.Parse(kLine, record), LineFault::kNone);
  EXPECT_EQ(record.Text(Field::kTime), "2025-10-30T21:00:00+00:00");
  EXPECT_EQ(record.Text(Field::kRemoteAddr), "172.18.0.1");
  EXPECT_EQ(record.Text(Field::kRequest), "GET /api/users/7 HTTP/1.1");
  EXPECT_EQ(record.Text(Field::kStatus), "200");
  EXPECT_EQ(record.Text(Field::kBodyBytesSent), "512");
  EXPECT_EQ(record.Text(Field::kUpstreamStatus), "500, 200");
  EXPECT_EQ(record.Text(Field::kUpstreamAddr), "172.18.0.2:3000, 172.18.0.3:3000");
  EXPECT_EQ(record.Text(Field::kRequestTime), "0.023");
  EXPECT_EQ(record.Text(Field::kUpstreamResponseTime), "0.002, 0.021");
  EXPECT_EQ(record.Text(Field::kPool), "green");
  EXPECT_EQ(record.Text(Field::kRelease), "green-release-1");
  EXPECT_FALSE(record.Names(Field::kHost));
}

TEST(JsonParser, ReadsTheSameWhateverItLearnedBefore) {
  JsonParser parser;
  LogRecord record;
  const std::array<std::string_view, 6> others = {
      kLine, R"({"pool":"blue","status":"404"})", R"({"status":1})",
      "{",   R"({"a":"1","status":"500"})",       kLine};
  for (const std::string_view other : others) {
    static_cast<void>(parser.Parse(other, record));
    ASSERT_EQ(parser.Parse(R"({"time":"t","pool":"blue","x":"y","status":"503"})", record), LineFault::kNone);
    EXPECT_EQ(record.Text(Field::kPool), "blue");
    EXPECT_EQ(record.Text(Field::kStatus), "503");
    EXPECT_FALSE(record.Names(Field::kRelease)) << "a value of the line before";
  }
}

TEST(JsonParser, AllowsSpaceBetweenTokens) {
  JsonParser parser;
  LogRecord record;
  ASSERT_EQ(parser.Parse(" { \"status\" : 200 , \"pool\" : \"blue\" } \r", record), LineFault::kNone);
  EXPECT_EQ(record.Text(Field::kStatus), "200");
  EXPECT_EQ(record.Text(Field::kPool), "blue");
}

TEST(JsonParser, UndoesEscapes) {
  JsonParser parser;
  LogRecord record;
  ASSERT_EQ(
      parser.Parse(R"({"request":"GET \"\\\/\u00e9\ud83d\ude00\x22\t","status":200,"uri":"\u0041"})", record),
      LineFault::kNone);
  EXPECT_EQ(record.Text(Field::kRequest), "GET \"\\/\xC3\xA9\xF0\x9F\x98\x80\"\t");
  EXPECT_EQ(record.Text(Field::kUri), "A");
}

TEST(JsonParser, KeepsUnknownEscapesAndSaysSo) {
  JsonParser parser;
  LogRecord record;
  ASSERT_EQ(parser.Parse(R"({"uri":"a\qb\u12","status":200})", record), LineFault::kBadEscape);
  EXPECT_EQ(record.Text(Field::kUri), R"(a\qb\u12)");
}

TEST(JsonParser, TakesNginxUnquotedValuesAsFarAsTheyGo) {
  JsonParser parser;
  LogRecord record;
  ASSERT_EQ(parser.Parse(R"({"upstream_response_time":,"status":200})", record), LineFault::kEmptyValue);
  EXPECT_EQ(record.Text(Field::kUpstreamResponseTime), "");

  ASSERT_EQ(parser.Parse(R"({"upstream_response_time":0.001, 0.002,"status":200})", record),
            LineFault::kBareValue);
  EXPECT_EQ(record.Text(Field::kUpstreamResponseTime), "0.001, 0.002");
  EXPECT_EQ(record.Text(Field::kStatus), "200");

  ASSERT_EQ(parser.Parse(R"({"status":200,"upstream_response_time":0.001 : 0.002})", record),
            LineFault::kBareValue);
  EXPECT_EQ(record.Text(Field::kUpstreamResponseTime), "0.001 : 0.002");

  ASSERT_EQ(parser.Parse(R"({"upstream_response_time":-,"status":200})", record), LineFault::kBareValue);
  EXPECT_EQ(record.Value(Field::kUpstreamResponseTime), "");
}

TEST(JsonParser, AnEmptyValueNeverKeepsTheLineBefore) {
  JsonParser parser;
  LogRecord record;
  ASSERT_EQ(parser.Parse(R"({"request_time":9.5,"status":200})", record), LineFault::kNone);
  ASSERT_EQ(parser.Parse(R"({"request_time":,"status":200})", record), LineFault::kEmptyValue);
  EXPECT_EQ(record.Text(Field::kRequestTime), "");
}

TEST(JsonParser, PassesOverWhatIsNested) {
  JsonParser parser;
  LogRecord record;
  ASSERT_EQ(parser.Parse(R"({"h":{"a":["}",{"status":"1"}]},"l":[],"n":null,"b":true,"status":204})", record),
            LineFault::kNone);
  EXPECT_EQ(record.Text(Field::kStatus), "204");
}

TEST(JsonParser, TheFirstNameOfAFieldThatHasAValueCounts) {
  JsonParser parser;
  LogRecord record;
  ASSERT_EQ(parser.Parse(R"({"pool":"","app_pool":"blue","upstream_http_x_app_pool":"green","status":200})",
                         record),
            LineFault::kNone);
  EXPECT_EQ(record.Text(Field::kPool), "blue");
}

TEST(JsonParser, SaysWhyALineIsNoRecord) {
  JsonParser parser;
  LogRecord record;
  const auto fault = [&](std::string_view line) { return LineFaultName(parser.Parse(line, record)); };
  EXPECT_EQ(fault(""), "empty_line");
  EXPECT_EQ(fault("   "), "empty_line");
  EXPECT_EQ(fault(R"(127.0.0.1 - - [30/Oct/2025:21:00:00 +0000] "GET / HTTP/1.1" 200 5)"), "not_json");
  EXPECT_EQ(fault("[200]"), "not_json");
  EXPECT_EQ(fault("{}"), "no_status");
  EXPECT_EQ(fault(R"({"status":""})"), "no_status");
  EXPECT_EQ(fault(R"({"status":"-"})"), "no_status");
  EXPECT_EQ(fault(R"({"pool":"blue"})"), "no_status");
  EXPECT_EQ(fault(R"({"status":200}{"status":200})"), "syntax");
  EXPECT_EQ(fault(R"({"status":"200" "pool":"x"})"), "syntax");
  EXPECT_EQ(fault(R"({"status":200 "pool":"x"})"), "syntax");
  EXPECT_EQ(fault(R"({status:200})"), "syntax");
  EXPECT_EQ(fault(R"({"status":"abc"})"), "bad_number");
}

TEST(JsonParser, EveryCutOfALineIsTruncated) {
  JsonParser parser;
  LogRecord record;
  for (size_t size = 1; size < kLine.size(); ++size) {
    const std::string cut(kLine.substr(0, size));  // an allocation of its own, so that ASan sees an overrun
    EXPECT_EQ(parser.Parse(cut, record), LineFault::kTruncated) << cut;
  }
}

TEST(JsonParser, LeavesBytesThatAreNotUtf8AsTheyAre) {
  JsonParser parser;
  LogRecord record;
  const std::string line("{\"uri\":\"/\xff\x00\xc3\",\"status\":200}", 27);
  ASSERT_EQ(parser.Parse(line, record), LineFault::kNone);
  EXPECT_EQ(record.Text(Field::kUri), std::string_view("/\xff\x00\xc3", 4));
}

TEST(JsonParser, ReadsMoreAndLongerKeysThanItRemembers) {
  JsonParser parser;
  LogRecord record;
  std::string line = "{";
  for (int i = 0; i < 100; ++i)
    line += "\"a_key_that_is_longer_than_any_token_" + std::to_string(i) + "\":\"\",";
  line += R"("status":"200"})";
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(parser.Parse(line, record), LineFault::kNone);
    EXPECT_EQ(record.Text(Field::kStatus), "200");
  }
}

TEST(Fields, EachHasANameThatNamesIt) {
  for (size_t i = 0; i < kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    EXPECT_EQ(FieldByName(FieldName(field)), field);
  }
  EXPECT_EQ(FieldByName("urt"), Field::kUpstreamResponseTime);
  EXPECT_EQ(FieldByName("no_such"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::parse
