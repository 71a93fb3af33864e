#include "base/http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/http/response.h"
#include "base/http/server.h"

namespace tocsin::http {
namespace {

using testing::ElementsAre;

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
  EXPECT_EQ(headers.Get("content-type"), "text/plain");
  EXPECT_EQ(headers.Get("X-A"), "1");
  EXPECT_EQ(headers.Find("X-B"), nullptr);
  EXPECT_EQ(headers.Get("X-B"), "");
}

TEST(Headers, SetReplacesEveryFieldOfThatName) {
  Headers headers{{"X-A", "1"}, {"x-a", "2"}, {"X-B", "3"}};
  headers.Set("X-a", "4");
  EXPECT_EQ(std::vector<Headers::Field>(headers.begin(), headers.end()),
            (std::vector<Headers::Field>{{"X-B", "3"}, {"X-a", "4"}}));
}

TEST(UrlDecode, TurnsEscapesAndPlusIntoBytes) {
  EXPECT_EQ(UrlDecode("a%20b+c%2Fd%c3%A4"), "a b c/d\xc3\xa4");
  EXPECT_EQ(UrlDecode("%00"), std::string(1, '\0'));
}

TEST(UrlDecode, LeavesMalformedEscapesAsTheyAre) {
  EXPECT_EQ(UrlDecode("100%"), "100%");
  EXPECT_EQ(UrlDecode("%4"), "%4");
  EXPECT_EQ(UrlDecode("%zz%4g%%41"), "%zz%4g%A");
}

TEST(PathDecode, KeepsPlus) { EXPECT_EQ(PathDecode("/a+b%20c"), "/a+b c"); }

TEST(UrlEncode, EscapesAllButUnreserved) {
  EXPECT_EQ(UrlEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(UrlEncode("a b/c?d=e&f\xc3\xa4"), "a%20b%2Fc%3Fd%3De%26f%C3%A4");
}

TEST(UrlEncode, IsUndoneByUrlDecode) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_EQ(UrlDecode(UrlEncode(all)), all);
}

TEST(Parameters, KeepOrderAndRepetition) {
  const auto parameters = Parameters::Parse("match[]=up&match%5B%5D=a+b&start=1&flag&empty=&&x=a=b");
  EXPECT_THAT(parameters.All("match[]"), ElementsAre("up", "a b"));
  EXPECT_EQ(parameters.Get("start"), "1");
  EXPECT_EQ(parameters.Get("flag"), "");
  EXPECT_EQ(parameters.Get("empty"), "");
  EXPECT_EQ(parameters.Get("x"), "a=b");
  EXPECT_EQ(parameters.Get("absent"), std::nullopt);
  EXPECT_EQ(std::distance(parameters.begin(), parameters.end()), 6);
}

TEST(RequestForm, PutsTheFieldsOfAFormBodyBeforeTheUrls) {
  Request request;
  request.query = Parameters::Parse("query=url&time=1");
  request.body = "query=body";
  EXPECT_EQ(request.Form().Get("query"), "url") << "a body that is no form is not read";
  request.headers.Set("Content-Type", "Application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_THAT(request.Form().All("query"), ElementsAre("body", "url"));
  EXPECT_EQ(request.Form().Get("time"), "1");
}

TEST(StatusText, KnowsTheRegistry) {
  EXPECT_EQ(StatusText(200), "OK");
  EXPECT_EQ(StatusText(431), "Request Header Fields Too Large");
  EXPECT_EQ(StatusText(511), "Network Authentication Required");
  EXPECT_EQ(StatusText(299), "");
  EXPECT_EQ(StatusText(999), "");
}

TEST(HttpDate, IsTheFixedLengthFormat) {
  EXPECT_EQ(HttpDate(Timestamp::FromMillis(784111777000)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(RenderHead, LetsNoHandlerWriteALineOfItsOwn) {
  Response response = Response::Text(200, "hello");
  response.headers.Add("X-Evil", "a\r\nSet-Cookie: b");
  response.headers.Add("Content-Length", "99");
  response.headers.Add("transfer-encoding", "chunked");
  const std::string head = RenderHead(
      response,
      {.version = 11, .keep_alive = true, .server = "s", .now = Timestamp::FromMillis(784111777000)});
  EXPECT_EQ(
      head,
      "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: s\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nX-Evil: a  Set-Cookie: b\r\nContent-Length: 5\r\n\r\n");
}

}  // namespace
}  // namespace tocsin::http
