#include "exporter/evidence/redact.h"

#include <vector>

#include <gtest/gtest.h>

namespace tocsin::evidence {
namespace {

std::string Line(std::string_view line, const std::vector<std::string_view>& requests = {},
                 const std::vector<std::string_view>& secrets = {}) {
  return LineWithoutQueryStrings(line, requests, secrets);
}

TEST(WithoutQueryString, KeepsTheRestOfAField) {
  EXPECT_EQ(WithoutQueryString("GET /a?token=x HTTP/1.1"), "GET /a HTTP/1.1");
  EXPECT_EQ(WithoutQueryString("GET /a?q=x y HTTP/ z HTTP/1.1"), "GET /a HTTP/1.1");
  EXPECT_EQ(WithoutQueryString("/a?token=x"), "/a");
  EXPECT_EQ(WithoutQueryString("/a"), "/a");
}

TEST(LineWithoutQueryStrings, CutsThemOutOfAnyFormat) {
  EXPECT_EQ(Line(R"(192.0.2.1 - - [x] "GET /a?token=s HTTP/1.1" 200 5 "http://ref/?q=s" "agent? s")"),
            R"(192.0.2.1 - - [x] "GET /a HTTP/1.1" 200 5 "http://ref/" "agent")");
  EXPECT_EQ(Line(R"({"request":"GET /a?token=s HTTP/1.1","uri":"/a?x=\"s\"","status":200})"),
            R"({"request":"GET /a HTTP/1.1","uri":"/a","status":200})");
  EXPECT_EQ(Line("200 /a?token=s 0.1"), "200 /a 0.1");
  EXPECT_EQ(Line("/a?token=s"), "/a");
  EXPECT_EQ(Line("nothing here"), "nothing here");
}

TEST(LineWithoutQueryStrings, TrustsTheParserMoreThanQuotes) {
  // escape=none lets a client end the quotes.
  const std::string_view line = R"("GET /a?x="s" b=s HTTP/1.1" 200)";
  EXPECT_EQ(Line(line, {line.substr(1, 25)}), R"("GET /a HTTP/1.1" 200)");
}

TEST(LineWithoutQueryStrings, CutsVariablesThatAreQueryStrings) {
  const std::string_view text = "200 token=s /a";
  EXPECT_EQ(Line(text, {}, {text.substr(4, 7)}), "200  /a");
  EXPECT_EQ(Line(text, {}, {"token=s, but unescaped"}), "") << "not to be found in the line";
  EXPECT_EQ(Line(R"({"args":"a=\"s","status":200, "arg_token" : s,"query_string":"s"})"),
            R"({"args":"","status":200, "arg_token" : ,"query_string":""})");
}

TEST(LineWithoutQueryStrings, SurvivesLinesThatWereCut) {
  const std::string line = R"({"args":"a=\"s","request":"GET /a?b\\ HTTP/1.1","arg_x":1,)";
  for (size_t size = 0; size <= line.size(); ++size) {
    EXPECT_EQ(Line(std::string_view(line).substr(0, size)).find('?'), std::string::npos);
  }
}

}  // namespace
}  // namespace tocsin::evidence
