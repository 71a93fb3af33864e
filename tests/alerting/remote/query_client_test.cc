#include "alerting/remote/query_client.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/promql/engine.h"
#include "alerting/store/store.h"
#include "tests/alerting/remote/fake_server.h"

namespace tocsin::remote {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOne = R"({"status":"success","data":{"resultType":"scalar","result":[1,"1"]}})";

class QueryClientTest : public ::testing::Test {
 protected:
  Result<model::QueryResult> Ask(const std::string& expression, const std::stop_token& stop = {}) {
    const QueryClient client(options_, syntax_);
    auto query = client.Prepare(expression);
    if (!query) return Fail(query.error());
    auto result = (*query)->Instant(Timestamp::FromMillis(1'500), stop);
    stats_ = client.stats();
    return result;
  }

  FakeClock clock_;
  store::Store store_;
  promql::Engine syntax_{store_, clock_};
  FakeServer server_{{"/prom/api/v1/query", "/prom/api/v1/query_range"}};
  EndpointOptions options_{.url = server_.url() + "/prom/"};
  QueryClientStats stats_;
};

TEST_F(QueryClientTest, AsksWhatItWasAsked) {
  server_.Answers({http::Response::Json(200, kOne)});
  const QueryClient client(options_, syntax_);
  const auto query =
      client.PrepareWith("sum(up)by(job)", {.lookback = Duration(60'000), .timeout = Duration(500)});
  ASSERT_TRUE(query);
  EXPECT_EQ((*query)->text(), "sum by (job) (up)");
  EXPECT_EQ((*query)->type(), model::ValueType::kVector);
  ASSERT_TRUE((*query)->Instant(Timestamp::FromMillis(1'500), {}));
  ASSERT_TRUE((*query)->Range(Timestamp::FromMillis(-500), Timestamp::FromMillis(4'000), Duration(250), {}));
  const auto asked = server_.asked();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].method, "POST");
  EXPECT_EQ(asked[0].body, "query=sum%28up%29by%28job%29&timeout=0.500&lookback_delta=60.000&time=1.500");
  EXPECT_THAT(asked[1].body, HasSubstr("&start=-0.500&end=4.000&step=0.250"));
}

TEST_F(QueryClientTest, RefusesWhatDoesNotParseWithoutAsking) {
  EXPECT_THAT(Ask("sum(").error().ToString(), HasSubstr("1:5: parse error"));
  EXPECT_TRUE(server_.asked().empty());
}

TEST_F(QueryClientTest, SignsIn) {
  server_.Answers({http::Response::Json(200, kOne)});
  options_.username = "me";
  options_.password.value = Secret("pass");
  options_.headers = {{"X-Scope-OrgID", {Secret("team"), ""}}};
  ASSERT_TRUE(Ask("1"));
  EXPECT_EQ(server_.asked()[0].headers.Get("Authorization"), "Basic bWU6cGFzcw==");
  EXPECT_EQ(server_.asked()[0].headers.Get("X-Scope-OrgID"), "team");
}

TEST_F(QueryClientTest, ReadsSecretsFromTheirFilesEachTime) {
  server_.Answers({http::Response::Json(200, kOne)});
  const std::string path = ::testing::TempDir() + "tocsin_query_client_token";
  options_.bearer_token.file = path;
  for (const char* token : {"first", "second"}) {
    std::ofstream(path) << token << "\n";
    ASSERT_TRUE(Ask("1"));
    EXPECT_EQ(server_.asked().back().headers.Get("Authorization"), std::string("Bearer ") + token);
  }
  std::filesystem::remove(path);
  EXPECT_THAT(Ask("1").error().message(), HasSubstr("bearer token: "));
}

TEST_F(QueryClientTest, AsksAgainWhenTheServerCantNow) {
  server_.Answers({http::Response::Text(503, "starting"), http::Response::Json(200, kOne)});
  ASSERT_TRUE(Ask("1"));
  EXPECT_EQ(stats_.requests, 2U);
  EXPECT_EQ(stats_.requests_failed, 1U);
}

TEST_F(QueryClientTest, GivesUpAfterItsRetries) {
  server_.Answers({http::Response::Text(502, "bad gateway")});
  options_.retries = 1;
  EXPECT_EQ(Ask("1").error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(stats_.requests, 2U);
}

TEST_F(QueryClientTest, AsksOnceWhatIsWrong) {
  server_.Answers(
      {http::Response::Json(422, R"({"status":"error","errorType":"execution","error":"many-to-many"})")});
  EXPECT_EQ(Ask("1").error().message(), "many-to-many");
  EXPECT_EQ(stats_.requests, 1U);
}

TEST_F(QueryClientTest, StopsWaitingWhenItIsToldTo) {
  server_.Hang();
  std::stop_source stop;
  std::jthread stopper([&] {
    while (server_.asked().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(Ask("1", stop.get_token()).error().code(), ErrorCode::kCanceled);
}

TEST_F(QueryClientTest, TimesOut) {
  server_.Hang();
  options_.timeout = Duration(50);
  EXPECT_EQ(Ask("1").error().code(), ErrorCode::kTimeout);
}

TEST(Endpoint, RefusesWhatCantWork) {
  const auto fault = [](const EndpointOptions& options) {
    return Check(options) ? "" : Check(options).error().message();
  };
  EXPECT_EQ(fault({.url = "http://localhost:9090/prom"}), "");
  EXPECT_THAT(fault({.url = "localhost:9090"}), HasSubstr("http://"));
  EXPECT_THAT(fault({.url = "http://a/?x=1"}), HasSubstr("query"));
  EXPECT_THAT(fault({.url = "http://a", .password = {Secret("x"), ""}}), HasSubstr("needs a user name"));
  EXPECT_THAT(fault({.url = "http://a", .username = "u", .bearer_token = {Secret("x"), ""}}),
              HasSubstr("both"));
  EXPECT_THAT(fault({.url = "http://a", .bearer_token = {Secret(), "/nonexistent"}}),
              HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace tocsin::remote
