#include "exporter/traffic/traffic.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "exporter/parse/json_parser.h"

namespace tocsin::traffic {
namespace {

const Timestamp kNow = Timestamp::FromMillis(1'700'000'000'000);

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(TOCSIN_SOURCE_DIR) + "/tests/golden/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

class TrafficTest : public testing::Test {
 protected:
  parse::LineFault Line(std::string_view line) {
    parse::LogRecord record;
    EXPECT_TRUE(IsUsable(parser_.Parse(line, record))) << line;
    return traffic_->Count(record, kNow);
  }
  /// A request that `attempts` led to, the last of them in `pool`.
  void Request(std::string_view pool, std::string_view addresses, std::string_view statuses,
               int status = 200) {
    Line(R"({"request":"GET / HTTP/1.1","status":)" + std::to_string(status) + R"(,"upstream_addr":")" +
         std::string(addresses) + R"(","upstream_status":")" + std::string(statuses) + R"(","pool":")" +
         std::string(pool) + R"("})");
  }
  std::string Exposed() {
    std::string out;
    exposition::Writer writer(out, exposition::Format::kText);
    traffic_->Write(writer, kNow);
    return out;
  }
  /// The value of a series, "" when it is not exposed.
  std::string Value(const std::string& series) {
    const std::string text = "\n" + Exposed();
    const size_t at = text.find("\n" + series + " ");
    if (at == std::string::npos) return "";
    const size_t value = at + series.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
  }
  void Restart(Options options) { traffic_ = std::make_unique<Traffic>(std::move(options)); }

  parse::JsonParser parser_;
  std::unique_ptr<Traffic> traffic_ = std::make_unique<Traffic>(Options{});
};

TEST_F(TrafficTest, ExposesAWholePage) {
  Options options;
  options.pools = {"blue", "green"};
  options.bounds = DurationBounds({0.01, 0.1, 1});
  Restart(options);
  for (int i = 0; i < 20; ++i) {
    Line(
        R"({"time":"2025-10-30T21:00:00+00:00","request":"GET /version HTTP/1.1","status":200,"body_bytes_sent":512,)"
        R"("upstream_status":"200","upstream_addr":"127.0.0.1:8081","request_time":0.005,)"
        R"("upstream_response_time":"0.004","pool":"blue","release":"blue-1"})");
  }
  Line(
      R"({"time":"2025-10-30T21:00:01+00:00","request":"GET /version HTTP/1.1","status":200,"body_bytes_sent":512,)"
      R"("upstream_status":"500, 200","upstream_addr":"127.0.0.1:8081, 127.0.0.1:8082","request_time":0.023,)"
      R"("upstream_response_time":"0.002, 0.021","pool":"green","release":"green-1"})");
  Line(
      R"({"time":"2025-10-30T21:00:01+00:00","request":"POST /version HTTP/1.1","status":404,"body_bytes_sent":9,)"
      R"("upstream_status":"404","upstream_addr":"127.0.0.1:8082","request_time":1.5,)"
      R"("upstream_response_time":"1.5","pool":"green","release":"green-1"})");
  EXPECT_EQ(Exposed(), Golden("traffic.prom"));
}

TEST_F(TrafficTest, KnownPoolsHaveTheirSeriesBeforeTheFirstLine) {
  Options options;
  options.pools = {"blue", "green", "blue"};
  Restart(options);
  EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="green",method="POST",status="503"})"), "0");
  EXPECT_EQ(Value(R"(nginx_access_request_duration_seconds_count{pool="blue"})"), "0");
  EXPECT_EQ(Value(R"(nginx_upstream_retries_total{pool="blue"})"), "0");
  EXPECT_EQ(Value(R"(nginx_pool_failovers_total{from="blue",to="green"})"), "0");
  EXPECT_EQ(Value(R"(nginx_pool_failovers_total{from="green",to="blue"})"), "0");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="blue"})"), "0");
}

TEST_F(TrafficTest, PoolsSeenInTheLogAreAdded) {
  Request("violet", "a:1", "200");
  EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="violet",method="GET",status="200"})"), "1");
  EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="violet",method="GET",status="502"})"), "0");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="violet"})"), "1");
}

TEST_F(TrafficTest, AttributesEachAttemptToItsServersPool) {
  Request("blue", "a:1", "200");
  Request("green", "a:1, b:1", "500, 200");
  EXPECT_EQ(Value(R"(nginx_upstream_attempts_total{upstream="a:1",pool="blue",status="200"})"), "1");
  EXPECT_EQ(Value(R"(nginx_upstream_attempts_total{upstream="a:1",pool="blue",status="500"})"), "1");
  EXPECT_EQ(Value(R"(nginx_upstream_attempts_total{upstream="b:1",pool="green",status="200"})"), "1");
  EXPECT_EQ(Value(R"(nginx_upstream_retries_total{pool="green"})"), "1");
  EXPECT_EQ(Value(R"(nginx_upstream_retries_total{pool="blue"})"), "0");
}

TEST_F(TrafficTest, AnAnswerWithoutAPoolBelongsToItsServers) {
  Request("blue", "a:1", "200");
  Request("", "a:1", "504", 504);
  EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="blue",method="GET",status="504"})"), "1");
}

TEST_F(TrafficTest, LabelsThatTheFormatLacksAreLeftOff) {
  Line(R"({"request":"GET / HTTP/1.1","status":200})");
  EXPECT_EQ(Value(R"(nginx_access_requests_total{method="GET",status="200"})"), "1");
  const std::string text = Exposed();
  EXPECT_EQ(text.find("nginx_access_request_duration_seconds"), std::string::npos);
  EXPECT_EQ(text.find("nginx_access_response_bytes_total"), std::string::npos);
  EXPECT_EQ(text.find("nginx_upstream_attempts_total"), std::string::npos);
  EXPECT_EQ(text.find("nginx_pool_active"), std::string::npos);
  Line(R"({"request":"GET / HTTP/1.1","status":200,"upstream_addr":"a:1, b:1"})");
  EXPECT_EQ(Value(R"(nginx_upstream_attempts_total{upstream="b:1"})"), "1");
}

TEST_F(TrafficTest, AnyFailedAttemptMakesTheRequestAnError) {
  for (int i = 0; i < 18; ++i) Request("blue", "a:1", "200");
  Request("green", "a:1, b:1", "500, 200");
  Request("", "", "", 502);  // reached no server: its own status counts
  EXPECT_EQ(Value("nginx_error_window_ratio"), "0.1");
  EXPECT_EQ(Value("nginx_error_window_breaches_total"), "1");
}

TEST_F(TrafficTest, FollowsAFailoverAsNginxLogsIt) {
  for (int i = 0; i < 3; ++i) Request("blue", "a:1", "200");
  Request("green", "a:1, b:1", "500, 200");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="blue"})"), "1");
  Request("green", "b:1", "200");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="green"})"), "1");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="blue"})"), "0");
  EXPECT_EQ(Value(R"(nginx_pool_failovers_total{from="blue",to="green"})"), "1");
  Request("", "b:1", "-", 499);  // a client that went away is no answer
  Request("green", "a:1, b:1", "500, 200");
  EXPECT_EQ(Value(R"(nginx_pool_failovers_total{from="green",to="blue"})"), "0");
}

TEST_F(TrafficTest, ARetryWithinTheSamePoolIsDirect) {
  Request("blue", "a:1", "200");
  Request("green", "b:1", "500");  // green's first server is known now, but has not served
  Request("green", "b:1, c:1", "500, 200");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="green"})"), "1");
}

TEST_F(TrafficTest, NumbersThatAreNoneAreLeftOutAndSaid) {
  EXPECT_EQ(Line(R"({"status":200,"request_time":"soon","body_bytes_sent":7})"),
            parse::LineFault::kBadNumber);
  EXPECT_EQ(Value("nginx_access_response_bytes_total"), "7");
  EXPECT_EQ(Exposed().find("nginx_access_request_duration_seconds"), std::string::npos);
}

TEST_F(TrafficTest, ALogCannotMakeMoreSeriesThanTheLimit) {
  Options options;
  options.series_limit = 500;
  Restart(options);
  for (int i = 0; i < 2000; ++i) {
    Request("pool" + std::to_string(i), "10.0.0.1:" + std::to_string(i), "200", 200 + i % 300);
  }
  const std::string text = Exposed();
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_LT(lines, 600);
  EXPECT_GT(traffic_->budget().folded(), 1000U);
  EXPECT_NE(Value(R"(nginx_access_requests_total{pool="other",method="GET",status="200"})"), "");
  EXPECT_NE(Value(R"(nginx_upstream_attempts_total{upstream="other",pool="other",status="other"})"), "");
  double total = 0;
  size_t at = 0;
  while ((at = text.find("\nnginx_access_requests_total{", at)) != std::string::npos) {
    at = text.find("} ", at);
    total += std::stod(text.substr(at + 2));
  }
  EXPECT_EQ(total, 2000) << "folded, not lost";
}

}  // namespace
}  // namespace tocsin::traffic
