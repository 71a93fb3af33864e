#include "exporter/parse/format_parser.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/parse/known_formats.h"
#include "exporter/parse/parser_factory.h"

namespace tocsin::parse {
namespace {

using testing::HasSubstr;

constexpr std::string_view kCombinedLine =
    R"(172.18.0.1 - alice [30/Oct/2025:21:00:00 +0000] "GET /api?q=\x22x\x22 HTTP/1.1" 502 1234 "-" "curl/8 [x; \"y\"]")";

/// One line through a parser of its own.
struct Reading {
  explicit Reading(std::string_view format, std::string_view line, ParserOptions options = {})
      : parser(ParserFactory::Make(format, std::move(options)).value().MakeParser("a.log", Logger())),
        text(line),
        fault(parser->Parse(text, record)) {}
  std::string_view operator[](Field field) const { return record.Text(field); }

  std::unique_ptr<LineParser> parser;
  std::string text;
  LogRecord record;
  LineFault fault;
};

TEST(FormatParser, ReadsCombined) {
  const Reading read("combined", kCombinedLine);
  ASSERT_EQ(LineFaultName(read.fault), "none");
  EXPECT_EQ(read[Field::kRemoteAddr], "172.18.0.1");
  EXPECT_EQ(read[Field::kTime], "30/Oct/2025:21:00:00 +0000");
  EXPECT_EQ(read[Field::kRequest], "GET /api?q=\"x\" HTTP/1.1");
  EXPECT_EQ(read[Field::kStatus], "502");
  EXPECT_EQ(read[Field::kBodyBytesSent], "1234");
  EXPECT_FALSE(read.record.Names(Field::kRequestTime));
}

TEST(FormatParser, TheFirstEndAfterWhichTheRestFitsIsTheRightOne) {
  const std::string rest = R"( [30/Oct/2025:21:00:00 +0000] "GET / HTTP/1.1" 200 5)";
  for (const char* user : {"-", "a b", "a [b", "[", " - ", "", "a [30/Oct/2025 "}) {
    const Reading read("common", "::1 - " + std::string(user) + rest, {{"remote_user"}, {}});
    ASSERT_EQ(LineFaultName(read.fault), "none") << user;
    EXPECT_EQ(read.record.Extra(0), user == std::string_view("-") ? "" : user);
    EXPECT_EQ(read[Field::kStatus], "200");
  }
}

TEST(FormatParser, ReadsUpstreamListsThatNothingQuotes) {
  constexpr std::string_view kFormat = "$upstream_addr $upstream_status $upstream_response_time $status";
  const auto check = [&](std::string_view line, std::string_view addresses, std::string_view statuses,
                         std::string_view times) {
    const Reading read(kFormat, line);
    EXPECT_EQ(LineFaultName(read.fault), "none") << line;
    EXPECT_EQ(read[Field::kUpstreamAddr], addresses);
    EXPECT_EQ(read[Field::kUpstreamStatus], statuses);
    EXPECT_EQ(read[Field::kUpstreamResponseTime], times);
  };
  check("10.0.0.1:80 200 0.010 200", "10.0.0.1:80", "200", "0.010");
  check("- - - 200", "-", "-", "-");
  check("10.0.0.1:80, 10.0.0.2:80 502, 200 0.010, 0.020 200", "10.0.0.1:80, 10.0.0.2:80", "502, 200",
        "0.010, 0.020");
  check("[::1]:80 : unix:/run/a.sock 502 : 200 - : 0.020 200", "[::1]:80 : unix:/run/a.sock", "502 : 200",
        "- : 0.020");
  check("10.0.0.1:80 :  502 :  0.010 :  200", "10.0.0.1:80 : ", "502 : ", "0.010 : ");
  const Reading commas("$upstream_addr,$upstream_status,$status", "a:1, b:1,500, 200,200");
  EXPECT_EQ(commas[Field::kUpstreamAddr], "a:1, b:1");
  EXPECT_EQ(commas[Field::kUpstreamStatus], "500, 200");
  const Reading brackets("[$upstream_addr] $status", "[[::1]:80, [::2]:80] 200");
  EXPECT_EQ(brackets[Field::kUpstreamAddr], "[::1]:80, [::2]:80");
}

TEST(FormatParser, HonoursTheEscaping) {
  EXPECT_EQ(Reading(R"($status "$request")", R"(200 "a\x22\x5C\xC3\xA9")")[Field::kRequest], "a\"\\\xC3\xA9");
  EXPECT_EQ(Reading(R"(escape=json $status "$request")", R"(200 "a\"\\\u0007\n")")[Field::kRequest],
            "a\"\\\a\n");
  EXPECT_EQ(Reading(R"(escape=none $status "$request" $pid)", R"(200 "a\x22"b" c" 7)")[Field::kRequest],
            R"(a\x22"b" c)");
  EXPECT_EQ(LineFaultName(Reading(R"($status "$request")", R"(200 "a\q")").fault), "bad_escape");
  EXPECT_EQ(Reading(R"(escape=json $status rt=$request_time u=$upstream_status.)",
                    "200 rt= u=.")[Field::kRequestTime],
            "");
}

TEST(FormatParser, GivesTheVariablesThatItIsAskedFor) {
  const ParserOptions options{{"host", "my_route", "status"}, {{"my_pool", "pool"}, {"x", "my_route"}}};
  const Reading read(R"($host "$my_route" $status $my_pool)", R"(example.org "/users/:id" 200 blue)",
                     options);
  EXPECT_EQ(read.record.Extra(0), "example.org");
  EXPECT_EQ(read.record.Extra(1), "/users/:id");
  EXPECT_EQ(read.record.Extra(2), "200");
  EXPECT_EQ(read[Field::kHost], "example.org");
  EXPECT_EQ(read[Field::kPool], "blue");
  const Reading json("json", R"({"x":"/a","status":200,"my_pool":"green"})", options);
  EXPECT_EQ(json.record.Extra(0), "");
  EXPECT_EQ(json.record.Extra(1), "/a");
  EXPECT_EQ(json.record.Extra(2), "200");
  EXPECT_EQ(json[Field::kPool], "green");
}

TEST(FormatParser, AFormatThatWritesJsonIsReadAsJson) {
  const Reading read(
      R"(escape=json {"t":"$time_iso8601","s":$status,"urt":$upstream_response_time,"z":"$foo $status"})",
      R"({"s":503,"t":"2025-10-30T21:00:00+00:00","z":"x 503","urt":0.1, 0.2})");
  EXPECT_EQ(LineFaultName(read.fault), "bare_value");
  EXPECT_EQ(read[Field::kStatus], "503");
  EXPECT_EQ(read[Field::kTime], "2025-10-30T21:00:00+00:00");
  EXPECT_EQ(read[Field::kUpstreamResponseTime], "0.1, 0.2");
}

TEST(FormatParser, SaysWhyALineIsNoRecord) {
  const auto fault = [](std::string_view format, std::string_view line) {
    return LineFaultName(Reading(format, line).fault);
  };
  EXPECT_EQ(fault("combined", ""), "empty_line");
  EXPECT_EQ(fault("combined", R"({"status":200})"), "mismatch");
  EXPECT_EQ(fault("common", kCombinedLine), "mismatch");
  EXPECT_EQ(fault("combined", R"(::1 - - [30/Okt:2025] "GET / HTTP/1.1" 200 5 "-" "-")"), "mismatch");
  EXPECT_EQ(fault("$status$host", "-"), "no_status");
  EXPECT_EQ(fault("$status", "20"), "bad_number");
  EXPECT_EQ(fault("$remote_addr", "::1"), "none") << "a format without a status has none to miss";
  const size_t after_time = kCombinedLine.find(" \"GET");
  for (size_t size = after_time; size < kCombinedLine.size(); ++size)
    EXPECT_EQ(fault("combined", kCombinedLine.substr(0, size)), "truncated") << kCombinedLine.substr(0, size);
}

TEST(FormatParser, TakesNoLongerForALineMadeToMatchOften) {
  const auto parser = ParserFactory::Make(R"($a [$status] "$request")").value().MakeParser("a.log", Logger());
  std::string line;
  while (line.size() < (1U << 20U)) line += " [200] \"";
  LogRecord record;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(IsUsable(parser->Parse(line + "\\", record)));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST(ParserFactory, KnowsEachKnownFormat) {
  for (const KnownFormat& known : KnownFormats()) EXPECT_TRUE(ParserFactory::Make(known.name).has_value());
  EXPECT_THAT(ParserFactory::Make("combinde").error().message(),
              HasSubstr("unknown log format \"combinde\": auto, json, combined"));
  EXPECT_FALSE(ParserFactory::Make("json", {{"a", "a"}, {}}).has_value());
  EXPECT_FALSE(ParserFactory::Make("json", {{}, {{"a", "no_such"}}}).has_value());
  EXPECT_FALSE(ParserFactory::Make("json", {std::vector<std::string>(kMaxExtras + 1), {}}).has_value());
}

TEST(AutoParser, ReadsTheFirstLineItKnowsAndSaysItsFormat) {
  std::string log;
  const auto logger = Logger::ToSink(LogLevel::kInfo, tocsin::LogFormat::kLogfmt,
                                     [&](std::string_view line) { log += line; });
  const auto parser = ParserFactory::Make("auto").value().MakeParser("a.log", logger);
  LogRecord record;
  const auto fault = [&](std::string_view line) { return LineFaultName(parser->Parse(line, record)); };
  EXPECT_EQ(fault(""), "empty_line");
  EXPECT_EQ(fault("hello"), "unknown_format");
  EXPECT_EQ(fault(R"({"status":20)"), "truncated");
  EXPECT_EQ(log, "");
  EXPECT_EQ(fault(kCombinedLine), "none");
  EXPECT_EQ(record.Text(Field::kStatus), "502");
  EXPECT_THAT(log, HasSubstr("msg=\"Log format recognised\" format=combined"));
  EXPECT_EQ(fault("hello"), "mismatch");
  EXPECT_EQ(fault(R"({"status":"404"})"), "none");
  EXPECT_EQ(record.Text(Field::kStatus), "404");
  EXPECT_THAT(log, HasSubstr("msg=\"Log format changed\" format=json"));
  EXPECT_EQ(fault("hello"), "not_json");
}

TEST(AutoParser, TellsTheKnownFormatsApart) {
  const std::string common = R"(::1 - - [30/Oct/2025:21:00:00 +0000] "GET / HTTP/1.1" 200 5)";
  const std::string combined = common + R"( "-" "curl")";
  const std::string main = combined + R"( "-")";
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"common", common},
      {"combined", combined},
      {"main", main},
      {"main_ext",
       main +
           R"( "h" sn="s" rt=0.001 ua="10.0.0.1:80, 10.0.0.2:80" us="502, 200" ut="0.1, 0.2" ul="1, 2" cs=-)"},
      {"upstreaminfo",
       combined + " 73 0.001 [default-web-80] [] 10.0.0.1:80, 10.0.0.2:80 0, 7 0.1, 0.2 502, 200 ab12"},
  };
  for (const auto& [name, line] : lines) {
    std::string log;
    const auto logger = Logger::ToSink(LogLevel::kInfo, tocsin::LogFormat::kLogfmt,
                                       [&](std::string_view text) { log += text; });
    LogRecord record;
    EXPECT_EQ(
        LineFaultName(ParserFactory::Make("auto").value().MakeParser("a.log", logger)->Parse(line, record)),
        "none");
    EXPECT_THAT(log, HasSubstr("format=" + name));
  }
}

}  // namespace
}  // namespace tocsin::parse
