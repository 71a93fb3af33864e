#include "alerting/web/proxy_api.h"

#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/alerting/remote/fake_server.h"

namespace tocsin::web {
namespace {

using ::testing::HasSubstr;

struct Promised final : http::Responder::Impl {
  std::promise<http::Response> response;
  void Send(http::Response answer) override { response.set_value(std::move(answer)); }
};

class ProxyApi : public ::testing::Test {
 public:
  ProxyApi() {
    options_.url = server_.url() + "/prom";
    options_.bearer_token.value = Secret("t");
  }
  ~ProxyApi() override {
    client_.reset();
    pool_.Stop();
  }

 protected:
  http::Response Ask(http::Request request) {
    http::Router router;
    AddProxyApi(router, options_, *client_);
    auto promised = std::make_shared<Promised>();
    auto response = promised->response.get_future();
    router.Dispatch(std::move(request), http::Responder(promised));
    return response.get();
  }
  static http::Request Get(std::string path, const std::string& query = "") {
    http::Request request;
    request.method = "GET";
    request.path = std::move(path);
    request.query = http::Parameters::Parse(query);
    return request;
  }

  remote::FakeServer server_{{"/prom/api/v1/query", "/prom/api/v1/label/:name/values"}};
  async::Pool pool_{1};
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient(pool_, "test");
  remote::EndpointOptions options_;
};

TEST_F(ProxyApi, PassesQuestionsOnAndAnswersBack) {
  server_.Answers({http::Response::Json(422, R"({"status":"error"})")});
  const http::Response response = Ask(Get("/api/v1/query", "query=a%2Bb&time=1"));
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.body, R"({"status":"error"})");
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  const http::Request asked = server_.asked()[0];
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.query.Get("query"), "a+b");
  EXPECT_EQ(asked.headers.Get("Authorization"), "Bearer t");
}

TEST_F(ProxyApi, PassesFormsAndOddNamesOn) {
  server_.Answers({http::Response::Json(200, "{}")});
  http::Request form = Get("/api/v1/query");
  form.method = "POST";
  form.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  form.body = "query=1";
  EXPECT_EQ(Ask(form).status, 200);
  EXPECT_EQ(server_.asked()[0].body, "query=1");
  EXPECT_EQ(Ask(Get("/api/v1/label/a b?/values")).status, 200);
  EXPECT_EQ(server_.asked()[1].path_values.Get("name"), "a b?");
}

TEST_F(ProxyApi, SaysWhenTheServerIsAway) {
  options_.url = "http://127.0.0.1:1";
  const http::Response response = Ask(Get("/api/v1/query", "query=1"));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("\"errorType\":\"unavailable\""));
}

TEST_F(ProxyApi, SaysWhenTheServerTakesTooLong) {
  server_.Hang();
  options_.timeout = Duration(50);
  const http::Response response = Ask(Get("/api/v1/query", "query=1"));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("\"errorType\":\"timeout\""));
}

TEST_F(ProxyApi, LetsGoWhenTheClientGoesAway) {
  server_.Hang();
  std::stop_source stop;
  http::Request request = Get("/api/v1/query", "query=1");
  request.stop = stop.get_token();
  const std::jthread leaver([&] {
    while (server_.asked().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(Ask(std::move(request)).status, 499);
}

TEST_F(ProxyApi, AsksNothingForAClientThatIsGoneAlready) {
  server_.Hang();
  std::stop_source stop;
  stop.request_stop();
  http::Request request = Get("/api/v1/query", "query=1");
  request.stop = stop.get_token();
  EXPECT_EQ(Ask(std::move(request)).status, 499);
}

}  // namespace
}  // namespace tocsin::web
