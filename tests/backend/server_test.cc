#include "backend/server.h"

#include <future>

#include <curl/curl.h>
#include <gmock/gmock.h>

namespace tocsin::backend {
namespace {

using ::testing::HasSubstr;

size_t Append(char* bytes, size_t size, size_t count, void* text) {
  static_cast<std::string*>(text)->append(bytes, size * count);
  return size * count;
}

struct Answer {
  long status = 0;
  std::string headers;
  std::string body;
};

Answer Ask(uint16_t port, const std::string& method, const std::string& path) {
  Answer answer;
  CURL* curl = curl_easy_init();
  const std::string url = "http://127.0.0.1:" + std::to_string(port) + path;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
  if (method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.headers);
  curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_easy_cleanup(curl);
  return answer;
}

class ServerTest : public testing::Test {
 protected:
  // CivetWeb takes up to two seconds to stop, so the tests share what they can.
  static void SetUpTestSuite() {
    auto started = Server::Start({.port = 0, .threads = 8}, service_, metrics_, Logger());
    ASSERT_TRUE(started) << started.error().ToString();
    server_ = std::move(*started);
  }
  static void TearDownTestSuite() { server_.reset(); }
  void TearDown() override { chaos_.Stop(); }

  static Answer Ask(const std::string& method, const std::string& path) {
    return backend::Ask(server_->port(), method, path);
  }

  static inline Chaos chaos_{{.hold = Duration(60'000), .max_held = 4}};
  static inline Service service_{{"service1", "green", "v2"}, chaos_};
  static inline Metrics metrics_{"service1", "green", "v2"};
  static inline std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, EveryAnswerCarriesPoolAndRelease) {
  for (const char* path : {"/", "/version", "/healthz", "/nope"}) {
    const Answer answer = Ask("GET", path);
    EXPECT_THAT(answer.headers, HasSubstr("X-App-Pool: green\r\n")) << path;
    EXPECT_THAT(answer.headers, HasSubstr("X-Release-Id: v2\r\n")) << path;
    EXPECT_THAT(answer.headers, HasSubstr("Connection: close\r\n")) << path;
  }
}

TEST_F(ServerTest, HeadHasHeadersOnly) {
  const Answer answer = Ask("HEAD", "/version");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.headers, HasSubstr("Content-Length: "));
  EXPECT_EQ(answer.body, "");
}

TEST_F(ServerTest, ModeComesFromTheQuery) {
  EXPECT_EQ(Ask("POST", "/chaos/start?x=1&mode=error").status, 200);
  EXPECT_EQ(Ask("GET", "/").status, 500);
  EXPECT_EQ(Ask("POST", "/chaos/start?mode=" + std::string(100, 'a')).status, 400);
  EXPECT_EQ(Ask("POST", "/chaos/stop").status, 200);
}

TEST_F(ServerTest, MetricsStandOnTheSamePort) {
  Ask("GET", "/ping?x=1");
  Ask("DELETE", "/secret");
  const Answer answer = Ask("GET", "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              HasSubstr("service1_http_requests_total{method=\"GET\",path=\"/ping\",status=\"200\"} 1"));
  EXPECT_THAT(answer.body, HasSubstr("{method=\"DELETE\",path=\"other\",status=\"404\"} 1"));
}

TEST_F(ServerTest, HealthIsAnsweredAndStoppingWaitsWhileARequestIsHeld) {
  auto other = Server::Start({.port = 0, .threads = 8}, service_, metrics_, Logger()).value();
  chaos_.Start(ChaosMode::kTimeout);
  auto held = std::async(std::launch::async,
                         [port = other->port()] { return backend::Ask(port, "GET", "/").status; });
  while (chaos_.held() == 0) std::this_thread::yield();
  EXPECT_EQ(backend::Ask(other->port(), "GET", "/healthz").status, 200);
  chaos_.Stop();
  other.reset();
  EXPECT_EQ(held.get(), 200);
}

TEST_F(ServerTest, TakenPortIsAnErrorThatNamesIt) {
  const auto second = Server::Start({.port = server_->port(), .threads = 4}, service_, metrics_, Logger());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message(), HasSubstr(std::to_string(server_->port())));
}

}  // namespace
}  // namespace tocsin::backend
