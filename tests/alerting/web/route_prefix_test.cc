#include "alerting/web/route_prefix.h"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tocsin::web {
namespace {

class PrefixCapture final : public http::Responder::Impl {
 public:
  void Send(http::Response response) override { response_ = std::move(response); }
  const http::Response& response() const { return response_; }

 private:
  http::Response response_;
};

http::Response AskUnder(const http::Router& router, std::string method, std::string path) {
  auto capture = std::make_shared<PrefixCapture>();
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  router.Dispatch(std::move(request), http::Responder(capture));
  return capture->response();
}

http::Router Inner() {
  http::Router router;
  router.Get("/", [](const http::Request&) { return http::Response::Text(200, "root"); });
  router.Get("/label/:name", [](const http::Request& request) {
    return http::Response::Text(200, std::string(request.path_values.Get("name").value_or("")));
  });
  router.Post("/post", [](const http::Request&) { return http::Response::Text(200, "posted"); });
  return router;
}

TEST(RoutePrefix, TakesPathsAndRefusesTheRest) {
  EXPECT_EQ(RoutePrefix("/").value(), "");
  EXPECT_EQ(RoutePrefix("").value(), "");
  EXPECT_EQ(RoutePrefix("/alerts/").value(), "/alerts");
  EXPECT_EQ(RoutePrefix("/a/b").value(), "/a/b");
  for (const char* bad : {"alerts", "/a//b", "/a?b", "/*", "http://x/a"}) {
    EXPECT_FALSE(RoutePrefix(bad).has_value()) << bad;
  }
}

TEST(RoutePrefix, ServesEverythingBelowIt) {
  const http::Router router = UnderPrefix(Inner(), "/alerts");
  EXPECT_EQ(AskUnder(router, "GET", "/alerts/").body, "root");
  EXPECT_EQ(AskUnder(router, "HEAD", "/alerts/").status, 200);
  EXPECT_EQ(AskUnder(router, "GET", "/alerts/label/job").body, "job");
  EXPECT_EQ(AskUnder(router, "POST", "/alerts/post").body, "posted");
  EXPECT_EQ(AskUnder(router, "GET", "/alerts/post").status, 405);
}

TEST(RoutePrefix, LeadsToItsRootAndKnowsNothingElse) {
  const http::Router router = UnderPrefix(Inner(), "/alerts");
  for (const char* path : {"/", "/alerts"}) {
    const http::Response response = AskUnder(router, "GET", path);
    EXPECT_EQ(response.status, 302) << path;
    EXPECT_EQ(response.headers.Get("Location"), "/alerts/") << path;
  }
  EXPECT_EQ(AskUnder(router, "GET", "/label/job").status, 404);
}

TEST(RoutePrefix, NoneLeavesTheRoutesAsTheyAre) {
  EXPECT_EQ(AskUnder(UnderPrefix(Inner(), ""), "GET", "/label/job").body, "job");
}

}  // namespace
}  // namespace tocsin::web
