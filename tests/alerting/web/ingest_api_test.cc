#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/remote/write_request.h"
#include "alerting/store/store.h"
#include "alerting/web/import_api.h"
#include "alerting/web/write_api.h"

namespace tocsin::web {
namespace {

using ::testing::HasSubstr;

struct Answered final : http::Responder::Impl {
  http::Response response;
  void Send(http::Response answer) override { response = std::move(answer); }
};

class IngestApi : public ::testing::Test {
 protected:
  void Serve(bool on) {
    AddWriteApi(router_, on ? &receiver_ : nullptr, guard_);
    AddImportApi(router_, on ? &store_ : nullptr, clock_, guard_);
  }
  http::Response Post(const std::string& path, std::string body, http::Headers headers = {}) {
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.body = std::move(body);
    request.headers = std::move(headers);
    if (request.headers.Get("Host").empty()) request.headers.Set("Host", "localhost:9093");
    auto answered = std::make_shared<Answered>();
    router_.Dispatch(std::move(request), http::Responder(answered));
    return answered->response;
  }
  std::string Sample(int64_t millis, double value) const {
    std::string request;
    const remote::TimeSample sample{millis, value};
    remote::AppendSeries(request, model::Labels{{"__name__", "a"}}, {&sample, 1});
    return remote::Pack(request);
  }
  size_t Stored(const std::string& name) const {
    auto found =
        store_.Select({model::Matcher::Equal("__name__", name)}, {Timestamp::Min(), Timestamp::Max()}, {});
    size_t samples = 0;
    for (const model::Series& series : *found) samples += series.values.size();
    return samples;
  }

  FakeClock clock_;
  store::Store store_;
  remote::WriteReceiver receiver_{store_, clock_, {}, Logger()};
  Guard guard_{{"127.0.0.1:9093"}, ""};
  http::Router router_;
  const std::string kWrite = "/api/v1/write";
  const std::string kImport = "/api/v1/import/prometheus";
};

TEST_F(IngestApi, TakesWhatIsWritten) {
  Serve(true);
  const int64_t now = clock_.Now().millis();
  EXPECT_EQ(Post(kWrite, Sample(now, 1),
                 {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "snappy"}})
                .status,
            204);
  EXPECT_EQ(Post(kWrite, Sample(now + 1, 1),
                 {{"Content-Type", "application/x-protobuf;proto=prometheus.WriteRequest"}})
                .status,
            204);
  EXPECT_EQ(Stored("a"), 2U);
  const http::Response refused = Post(kWrite, Sample(now - 1, 1));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("out of order sample"));
}

TEST_F(IngestApi, RefusesOtherProtocols) {
  Serve(true);
  EXPECT_EQ(Post(kWrite, "", {{"Content-Type", "application/json"}}).status, 415);
  EXPECT_EQ(
      Post(kWrite, "", {{"Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"}})
          .status,
      415);
  EXPECT_EQ(Post(kWrite, "", {{"Content-Encoding", "gzip"}}).status, 415);
  EXPECT_EQ(Post(kWrite, "x").status, 400);
  EXPECT_EQ(Post(kImport, "a 1\n", {{"Content-Encoding", "gzip"}}).status, 415);
  EXPECT_EQ(Post(kImport, "", {{"Content-Type", "application/vnd.google.protobuf"}}).status, 415);
}

TEST_F(IngestApi, IsOffUntilEnabled) {
  Serve(false);
  EXPECT_EQ(Post(kWrite, Sample(1, 1)).status, 404);
  EXPECT_THAT(Post(kImport, "a 1\n").body, HasSubstr("--web.enable-import"));
  EXPECT_EQ(Stored("a"), 0U);
}

TEST_F(IngestApi, RefusesOtherPeoplesPages) {
  Serve(true);
  for (const std::string& path : {kWrite, kImport}) {
    EXPECT_EQ(Post(path, "a 1\n", {{"Origin", "https://evil.example.com"}}).status, 403);
    EXPECT_EQ(Post(path, "a 1\n", {{"Host", "evil.example.com"}}).status, 403);
  }
  EXPECT_EQ(Stored("a"), 0U);
}

TEST_F(IngestApi, ImportsTextWithTimes) {
  Serve(true);
  EXPECT_EQ(Post(kImport, "a{x=\"1\"} 1 1699999990000\na{x=\"1\"} 2 1699999995000\na{x=\"2\"} 3\n").status,
            204);
  EXPECT_EQ(Stored("a"), 3U);
  EXPECT_EQ(Post(kImport, "b 1 1699999990\n# EOF\n",
                 {{"Content-Type", "application/openmetrics-text; version=1.0.0"}})
                .status,
            204);
  EXPECT_EQ(Stored("b"), 1U);
}

TEST_F(IngestApi, ImportsNothingOfTextThatIsWrong) {
  Serve(true);
  const http::Response refused = Post(kImport, "a 1 1699999990000\na x\n");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("2:3: \"x\" is no valid value"));
  EXPECT_EQ(Stored("a"), 0U);
}

TEST_F(IngestApi, ImportsTheRestWhenTheStoreRefusesSome) {
  Serve(true);
  EXPECT_EQ(Post(kImport, "a 1 1699999990000\n").status, 204);
  const http::Response refused = Post(kImport, "a 5 1699999990000\nb 1\n");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("1 of 2 samples refused, the first: a at 1699999990000: "));
  EXPECT_EQ(Stored("b"), 1U);
}

}  // namespace
}  // namespace tocsin::web
