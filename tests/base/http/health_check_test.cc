#include "base/http/health_check.h"

#include <gmock/gmock.h>

#include "tests/base/http/canned_server.h"

namespace tocsin::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HealthCheck, AnAnswerOfTwoHundredIsWell) {
  const CannedServer server("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(CheckHealth(server.url() + "/-/healthy"));
  EXPECT_THAT(server.request(), HasSubstr("GET /-/healthy "));
}

TEST(HealthCheck, AnotherStatusIsNotAndItsPasswordNotShown) {
  const CannedServer server(
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  std::string url = server.url() + "/-/ready";
  url.insert(url.find("127"), "admin:secret@");
  const Status status = CheckHealth(url);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(), server.url() + "/-/ready answered 503");
  EXPECT_THAT(server.request(), HasSubstr("Authorization: Basic YWRtaW46c2VjcmV0"));
  EXPECT_EQ(RunHealthCheck(server.url()), 1);
}

TEST(HealthCheck, NobodyThereIsNotWell) {
  const Status status = CheckHealth("http://127.0.0.1:1/");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace tocsin::http
