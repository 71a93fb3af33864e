#include "exporter/traffic/traffic.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "exporter/parse/json_parser.h"
#include "tests/source_dir.h"

namespace tocsin::traffic {
namespace {

const Timestamp kNow = Timestamp::FromMillis(1'700'000'000'000);

std::string Golden(const std::string& name) {
  std::ifstream file(SourceDir() + "/tests/golden/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

class TrafficTest : public testing::Test {
 protected:
  parse::LineFault Line(std::string_view line) {
    parse::LogRecord record;
    EXPECT_TRUE(IsUsable(parser_.Parse(line, record))) << line;
    return traffic_->Count(record, now_);
  }
  /// A request that `attempts` led to, the last of them in `pool`.
  void Request(std::string_view pool, std::string_view addresses, std::string_view statuses,
               int status = 200) {
    Line(R"({"request":"GET / HTTP/1.1","status":)" + std::to_string(status) + R"(,"upstream_addr":")" +
         std::string(addresses) + R"(","upstream_status":")" + std::string(statuses) + R"(","pool":")" +
         std::string(pool) + R"("})");
  }
  std::string Exposed(exposition::Format format = exposition::Format::kText) {
    std::string out;
    exposition::Writer writer(out, format);
    traffic_->Write(writer, now_);
    writer.Finish();
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

  Timestamp now_ = kNow;
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
  for (int i = 0; i < 2; ++i) {
    Line(
        R"({"time":"2025-10-30T21:00:01+00:00","request":"POST /version HTTP/1.1","status":404,"body_bytes_sent":9,)"
        R"("upstream_status":"404","upstream_addr":"127.0.0.1:8082","request_time":1.5,)"
        R"("upstream_response_time":"1.5","pool":"green","release":"green-1"})");
  }
  EXPECT_EQ(Exposed(), Golden("traffic.prom"));
  EXPECT_EQ(Exposed(exposition::Format::kOpenMetrics), Golden("traffic.openmetrics"));
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
  Request("green", "b:1", "200");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="green"})"), "1");
  EXPECT_TRUE(traffic_->noted().changed_pool);
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="blue"})"), "0");
  EXPECT_EQ(Value(R"(nginx_pool_failovers_total{from="blue",to="green"})"), "1");
  Request("", "b:1", "-", 499);  // a client that went away is no answer
  Request("green", "a:1, b:1", "500, 200");
  EXPECT_EQ(Value(R"(nginx_pool_failovers_total{from="green",to="blue"})"), "0");
}

TEST_F(TrafficTest, ARetryWithinThePoolThatServesIsNoFailureOfIt) {
  for (int i = 0; i < 100; ++i)
    Request("blue", i % 10 == 0 ? "a:1, a:2" : "a:2", i % 10 == 0 ? "500, 200" : "200");
  Request("green", "b:1", "200");  // a few visits of the other pool
  Request("green", "b:1", "200");
  Request("green", "b:1", "200");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="blue"})"), "1");
}

TEST_F(TrafficTest, ConfiguredServersBelongToTheirPools) {
  Options options;
  options.servers = {{"blue", "a:1"}, {"green", "b:1"}};
  Restart(options);
  Request("", "a:1", "200");
  EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="blue",method="GET",status="200"})"), "1");
  EXPECT_EQ(Value(R"(nginx_pool_active{pool="blue"})"), "1");
  Request("violet", "b:1", "200");
  EXPECT_EQ(Value(R"(nginx_upstream_attempts_total{upstream="b:1",pool="green",status="200"})"), "1");
}

LabelRule Label(const std::string& name, parse::Field field, std::vector<std::string> routes = {}) {
  auto rule = LabelRule::Make({name, {field, 0}, std::move(routes), {}, {}});
  EXPECT_TRUE(rule.has_value());
  return *rule;
}

TEST_F(TrafficTest, LabelsOfTheUsersOwnStandOnTheAccessFamilies) {
  Options options;
  options.pools = {"blue"};
  options.labels = {Label("host", parse::Field::kHost), Label("route", parse::Field::kUri, {"/users/:id"})};
  Restart(options);
  Line(R"({"request":"GET /users/7 HTTP/1.1","host":"x","status":200,"request_time":0.1,"pool":"blue"})");
  Line(R"({"request":"GET /users/8 HTTP/1.1","host":"x","status":200,"body_bytes_sent":5,"pool":"blue"})");
  Line(R"({"request":"GET /a HTTP/1.1","status":500,"pool":"blue"})");
  EXPECT_EQ(
      Value(
          R"(nginx_access_requests_total{pool="blue",host="x",route="/users/:id",method="GET",status="200"})"),
      "2");
  EXPECT_EQ(
      Value(
          R"(nginx_access_requests_total{pool="blue",host="x",route="/users/:id",method="GET",status="500"})"),
      "0");
  EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="blue",route="other",method="GET",status="500"})"),
            "1");
  EXPECT_EQ(Value(R"(nginx_access_request_duration_seconds_count{pool="blue",host="x",route="/users/:id"})"),
            "1");
  EXPECT_EQ(Value(R"(nginx_access_response_bytes_total{pool="blue",host="x",route="/users/:id"})"), "5");
  EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="blue",method="GET",status="200"})"), "0");
}

TEST_F(TrafficTest, HostsBeyondTheLimitAreCountedAsOther) {
  Options options;
  options.series_limit = 300;
  options.labels = {Label("host", parse::Field::kHost)};
  Restart(options);
  for (int i = 0; i < 1000; ++i)
    Line(R"({"status":200,"host":"h)" + std::to_string(i) + R"(","pool":"blue"})");
  EXPECT_NE(Value(R"(nginx_access_requests_total{pool="blue",host="h1",method="other",status="200"})"), "");
  const std::string rest =
      Value(R"(nginx_access_requests_total{pool="blue",host="other",method="other",status="other"})");
  ASSERT_NE(rest, "");
  EXPECT_GT(std::stoi(rest), 900);
  EXPECT_GE(traffic_->budget().folded(), 900U);
}

TEST_F(TrafficTest, IdleLabelSetsAndServersExpireButPoolsStay) {
  Options options;
  options.labels = {Label("host", parse::Field::kHost)};
  Restart(options);
  const std::string line =
      R"({"request":"GET / HTTP/1.1","host":"x","status":200,"pool":"blue","upstream_addr":"a:1"})";
  Line(line);
  const uint64_t before = traffic_->budget().used();
  for (int round = 0; round < 3; ++round) {
    now_ = now_ + options.idle;
    EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="blue",host="x",method="GET",status="200"})"), "1");
    now_ = now_ + Duration{1};
    EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="blue",host="x",method="GET",status="200"})"), "");
    EXPECT_EQ(Value(R"(nginx_upstream_attempts_total{upstream="a:1",pool="blue"})"), "");
    EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="blue",method="GET",status="200"})"), "0");
    EXPECT_EQ(Value(R"(nginx_pool_active{pool="blue"})"), "1");
    EXPECT_LT(traffic_->budget().used(), before);
    Line(line);
    EXPECT_EQ(traffic_->budget().used(), before);
  }
}

/// Traffic of all kinds, so that everything that counts has counted something.
void Feed(parse::JsonParser& parser, Traffic& traffic, int from, int to) {
  for (int i = from; i < to; ++i) {
    const bool retried = i % 7 == 0;
    const std::string line =
        R"({"request":")" + std::string(i % 3 == 0 ? "POST" : "GET") + R"( / HTTP/1.1","status":")" +
        (i % 11 == 0 ? "503" : "200") + R"(","host":"h)" + std::to_string(i % 5) +
        R"(","request_time":"0.0)" + std::to_string(10 + i % 90) + R"(","body_bytes_sent":")" +
        std::to_string(i) + R"(","upstream_addr":")" +
        (retried            ? "a:1, b:1"
         : i / 100 % 2 == 0 ? "a:1"
                            : "b:1") +
        R"(","upstream_status":")" + (retried ? "502, 200" : "200") +
        R"(","upstream_response_time":"0.001","pool":")" + (retried || i / 100 % 2 != 0 ? "green" : "blue") +
        R"(","release":"r)" + std::to_string(i / 200) + "\"}";
    parse::LogRecord record;
    ASSERT_TRUE(IsUsable(parser.Parse(line, record))) << line;
    static_cast<void>(traffic.Count(record, kNow + Duration{i * 100}));
  }
}

std::string PageOf(Traffic& traffic, Timestamp now) {
  std::string out;
  exposition::Writer writer(out, exposition::Format::kText);
  traffic.Write(writer, now);
  std::vector<std::string> lines;
  for (size_t at = 0; at < out.size(); at = out.find('\n', at) + 1)
    lines.push_back(out.substr(at, out.find('\n', at) - at));
  std::sort(lines.begin(), lines.end());
  std::string sorted;
  for (const std::string& line : lines) sorted += line + "\n";
  return sorted;
}

TEST_F(TrafficTest, ARestartAnywhereChangesNothing) {
  Options options;
  options.pools = {"green", "blue"};
  options.labels = {Label("host", parse::Field::kHost)};
  options.series_limit = 150;  // some is folded
  for (const int middle : {0, 1, 50, 333, 702}) {
    Traffic whole(options);
    Feed(parser_, whole, 0, 1000);
    Traffic first(options);
    Feed(parser_, first, 0, middle);
    checkpoint::Writer saved;
    first.Save(saved);
    Traffic second(options);
    checkpoint::Reader reader(saved.bytes());
    const Status restored = second.Restore(reader);
    ASSERT_TRUE(restored.has_value()) << restored.error().message();
    const Timestamp now = kNow + Duration{100'000};
    EXPECT_EQ(PageOf(second, now), PageOf(first, now));
    Feed(parser_, second, middle, 1000);
    EXPECT_EQ(PageOf(second, now), PageOf(whole, now)) << middle;
    EXPECT_EQ(second.budget().used(), whole.budget().used());
    EXPECT_EQ(second.budget().folded(), whole.budget().folded());
  }
}

TEST_F(TrafficTest, OtherLabelsOrBucketsBeginAtZeroAfterARestart) {
  Options options;
  options.labels = {Label("host", parse::Field::kHost)};
  Traffic first(options);
  Feed(parser_, first, 0, 300);
  checkpoint::Writer saved;
  first.Save(saved);
  Options other;
  other.bounds = DurationBounds({1, 2});
  Restart(other);
  checkpoint::Reader reader(saved.bytes());
  ASSERT_TRUE(traffic_->Restore(reader).has_value());
  EXPECT_EQ(Value(R"(nginx_access_requests_total{pool="blue",method="GET",status="200"})"), "0");
  EXPECT_EQ(Value(R"(nginx_upstream_response_duration_seconds_count{upstream="a:1"})"), "");
  EXPECT_EQ(Value(R"(nginx_upstream_retries_total{pool="green"})"), "43");
}

TEST_F(TrafficTest, ACheckpointThatWasCutIsRefused) {
  Traffic first{Options{}};
  Feed(parser_, first, 0, 100);
  checkpoint::Writer saved;
  first.Save(saved);
  for (size_t size = 0; size < saved.bytes().size(); size += 7) {
    checkpoint::Reader reader(std::string_view(saved.bytes()).substr(0, size));
    Restart({});
    EXPECT_FALSE(traffic_->Restore(reader).has_value()) << size;
  }
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
