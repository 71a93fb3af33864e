#include "alerting/web/guard.h"

#include <gtest/gtest.h>

namespace tocsin::web {
namespace {

int StatusFor(const Guard& guard, const std::string& host, const std::string& origin = "") {
  http::Request request;
  request.headers.Add("Host", host);
  if (!origin.empty()) request.headers.Add("Origin", origin);
  return guard.Protect([](const http::Request&) { return http::Response::Text(200, "done"); })(request)
      .status;
}

TEST(Guard, LetsRequestsToOurOwnNamesThrough) {
  Guard guard({"127.0.0.1:9093"}, "https://alerts.example.org/tocsin");
  EXPECT_EQ(StatusFor(guard, "127.0.0.1:9093"), 200);
  EXPECT_EQ(StatusFor(guard, "localhost:9093"), 200);
  EXPECT_EQ(StatusFor(guard, "[::1]:9093"), 200);
  EXPECT_EQ(StatusFor(guard, "Alerts.Example.org"), 200);
  EXPECT_EQ(StatusFor(guard, "192.0.2.7:9093"), 200);
}

TEST(Guard, RefusesNamesThatMayHaveBeenReboundToUs) {
  Guard guard({":9093"}, "");
  EXPECT_EQ(StatusFor(guard, "evil.example.com:9093"), 403);
  EXPECT_EQ(StatusFor(guard, ""), 403);
  EXPECT_EQ(StatusFor(guard, "[::1"), 403);
}

TEST(Guard, RefusesPagesOfAnotherOrigin) {
  Guard guard({"127.0.0.1:9093"}, "https://alerts.example.org");
  EXPECT_EQ(StatusFor(guard, "127.0.0.1:9093", "http://127.0.0.1:9093"), 200);
  EXPECT_EQ(StatusFor(guard, "127.0.0.1:9093", "https://alerts.example.org"), 200);
  EXPECT_EQ(StatusFor(guard, "127.0.0.1:9093", "https://evil.example.com"), 403);
  EXPECT_EQ(StatusFor(guard, "127.0.0.1:9093", "http://127.0.0.1:8080"), 403);
  EXPECT_EQ(StatusFor(guard, "127.0.0.1:9093", "http://localhost:3000"), 403);
  EXPECT_EQ(StatusFor(guard, "127.0.0.1:9093", "null"), 403);
}

TEST(Guard, KnowsLoopbackAddresses) {
  EXPECT_TRUE(Guard::AllLoopback({"127.0.0.1:9093", "[::1]:0", "localhost:1", "127.8.0.1:1"}));
  EXPECT_FALSE(Guard::AllLoopback({"127.0.0.1:9093", ":9093"}));
  EXPECT_FALSE(Guard::AllLoopback({"0.0.0.0:9093"}));
}

}  // namespace
}  // namespace tocsin::web
