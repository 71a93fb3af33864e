#include "exporter/stub_status/collector.h"

#include <map>

#include <gtest/gtest.h>

namespace tocsin::stub_status {
namespace {

constexpr const char* kPage =
    "Active connections: 3 \nserver accepts handled requests\n 10 11 12 \nReading: 0 Writing: 1 Waiting: 2 "
    "\n";

/// Keeps the requests until the test answers them.
class FakeClient final : public http::Client {
 public:
  std::unique_ptr<Handle> Send(http::ClientRequest request, http::Done done) override {
    requests_.push_back(std::move(request));
    pending_.push_back(std::move(done));
    return std::make_unique<Handle>();
  }
  void Answer(size_t index, int status, std::string body) {
    http::ClientResponse response;
    response.status = status;
    response.body = std::move(body);
    Take(index)(std::move(response));
  }
  void Refuse(size_t index) { Take(index)(Fail(ErrorCode::kUnavailable, "connection refused")); }
  const std::vector<http::ClientRequest>& requests() const { return requests_; }

 private:
  http::Done Take(size_t index) { return std::exchange(pending_[index], nullptr); }

  std::vector<http::ClientRequest> requests_;
  std::vector<http::Done> pending_;
};

class CollectorTest : public testing::Test {
 protected:
  void Make(std::vector<std::string> uris) {
    CollectorOptions options;
    options.uris = std::move(uris);
    options.timeout = Duration{1234};
    auto made = Collector::Make(client_, options, Logger());
    ASSERT_TRUE(made.has_value());
    collector_ = std::move(*made);
  }
  void Collect() {
    collector_->Collect([this](const Answers& answers) {
      exposition::Writer writer(text_, exposition::Format::kText);
      collector_->Write(writer, answers);
      ++answered_;
    });
  }

  FakeClient client_;
  std::unique_ptr<Collector> collector_;
  std::string text_;
  int answered_ = 0;
};

TEST_F(CollectorTest, WritesThePeersNamesWithoutLabels) {
  Make({"http://127.0.0.1:8080/stub_status"});
  Collect();
  EXPECT_EQ(client_.requests().at(0).url, "http://127.0.0.1:8080/stub_status");
  EXPECT_EQ(client_.requests().at(0).timeout, Duration{1234});
  EXPECT_EQ(answered_, 0) << "waits for nginx";
  client_.Answer(0, 200, kPage);
  ASSERT_EQ(answered_, 1);
  EXPECT_EQ(
      text_,
      "# HELP nginx_up Status of the last metric scrape\n# TYPE nginx_up gauge\nnginx_up 1\n"
      "# HELP nginx_connections_accepted Accepted client connections\n"
      "# TYPE nginx_connections_accepted counter\nnginx_connections_accepted 10\n"
      "# HELP nginx_connections_active Active client connections\n"
      "# TYPE nginx_connections_active gauge\nnginx_connections_active 3\n"
      "# HELP nginx_connections_handled Handled client connections\n"
      "# TYPE nginx_connections_handled counter\nnginx_connections_handled 11\n"
      "# HELP nginx_connections_reading Connections where NGINX is reading the request header\n"
      "# TYPE nginx_connections_reading gauge\nnginx_connections_reading 0\n"
      "# HELP nginx_connections_waiting Idle client connections\n"
      "# TYPE nginx_connections_waiting gauge\nnginx_connections_waiting 2\n"
      "# HELP nginx_connections_writing Connections where NGINX is writing the response back to the client\n"
      "# TYPE nginx_connections_writing gauge\nnginx_connections_writing 1\n"
      "# HELP nginx_http_requests_total Total http requests\n"
      "# TYPE nginx_http_requests_total counter\nnginx_http_requests_total 12\n");
}

TEST_F(CollectorTest, LabelsSeveralUrisAndKeepsTheirAnswersApart) {
  Make({"http://127.0.0.1:1/a", "http://user:secret@127.0.0.1:2/b"});
  Collect();
  client_.Answer(1, 200, kPage);
  EXPECT_EQ(answered_, 0) << "waits for both";
  client_.Refuse(0);
  ASSERT_EQ(answered_, 1);
  EXPECT_NE(
      text_.find("nginx_up{addr=\"http://127.0.0.1:1/a\"} 0\nnginx_up{addr=\"http://127.0.0.1:2/b\"} 1\n"),
      std::string::npos)
      << text_;
  EXPECT_NE(text_.find("nginx_connections_active{addr=\"http://127.0.0.1:2/b\"} 3\n"), std::string::npos);
  EXPECT_EQ(text_.find("nginx_connections_active{addr=\"http://127.0.0.1:1/a\"}"), std::string::npos);
  EXPECT_EQ(text_.find("secret"), std::string::npos);
}

TEST_F(CollectorTest, OfWhatIsDownOnlySaysSo) {
  Make({"http://127.0.0.1:1/a"});
  const std::string down =
      "# HELP nginx_up Status of the last metric scrape\n# TYPE nginx_up gauge\nnginx_up 0\n";
  Collect();
  client_.Refuse(0);
  EXPECT_EQ(text_, down);
  for (const auto& [status, body] : std::map<int, std::string>{{404, kPage}, {200, "OK\n"}}) {
    text_.clear();
    Collect();
    client_.Answer(client_.requests().size() - 1, status, body);
    EXPECT_EQ(text_, down) << status;
  }
}

TEST_F(CollectorTest, AnswersAtOnceWhenThereIsNothingToAsk) {
  Make({});
  Collect();
  EXPECT_EQ(answered_, 1);
  EXPECT_EQ(text_, "");
}

TEST_F(CollectorTest, AsksUnixSockets) {
  Make({"unix:/run/nginx.sock:/stub_status"});
  Collect();
  EXPECT_EQ(client_.requests().at(0).unix_socket, "/run/nginx.sock");
  EXPECT_EQ(client_.requests().at(0).url, "http://localhost/stub_status");
  client_.Answer(0, 200, kPage);
  EXPECT_EQ(answered_, 1);
}

TEST_F(CollectorTest, RefusesWhatIsNoUri) {
  for (const char* uri : {"127.0.0.1:8080/stub_status", "", "unix:", "unix:/sock:status", "ftp://x/"}) {
    CollectorOptions options;
    options.uris = {uri};
    const auto made = Collector::Make(client_, options, Logger());
    ASSERT_FALSE(made.has_value()) << uri;
    EXPECT_EQ(made.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST_F(CollectorTest, RefusesTwoUrisThatCouldNotBeToldApart) {
  CollectorOptions options;
  options.uris = {"http://me:secret@h/s", "http://h/s"};
  const auto made = Collector::Make(client_, options, Logger());
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message(), "--nginx.scrape-uri names http://h/s twice");
}

TEST_F(CollectorTest, WaitsNoLongerThanTheScrapeAllows) {
  Make({"http://127.0.0.1:1/"});
  collector_->Collect([](const Answers& /*answers*/) {}, Duration{300});
  collector_->Collect([](const Answers& /*answers*/) {}, Duration{9000});
  ASSERT_EQ(client_.requests().size(), 2U);
  EXPECT_EQ(client_.requests()[0].timeout, Duration{300});
  EXPECT_EQ(client_.requests()[1].timeout, Duration{1234}) << "the timeout holds";
}

}  // namespace
}  // namespace tocsin::stub_status
