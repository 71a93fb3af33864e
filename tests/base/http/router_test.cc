#include <gtest/gtest.h>

#include "base/http/server.h"

namespace tocsin::http {
namespace {

class Capture final : public Responder::Impl {
 public:
  void Send(Response response) override { response_ = std::move(response); }
  const Response& response() const { return response_; }

 private:
  Response response_;
};

Response Ask(const Router& router, std::string method, std::string path) {
  auto capture = std::make_shared<Capture>();
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  router.Dispatch(std::move(request), Responder(capture));
  return capture->response();
}

SyncHandler Say(const std::string& text) {
  return [text](const Request& request) {
    std::string body = text;
    for (const auto& [name, value] : request.path_values)
      body.append(" ").append(name).append("=").append(value);
    return Response::Text(200, body);
  };
}

Router Example() {
  Router router;
  router.Get("/api/*", Say("rest"));
  router.Get("/api/v1/label/:name/values", Say("values"));
  router.Get("/api/v1/label/:name/:what", Say("what"));
  router.Get("/api/v1/label/__name__/values", Say("names"));
  router.Get("/", Say("root"));
  router.Get("/both", Say("get"));
  router.Post("/both", Say("post"));
  router.Handle("DELETE", "/api/v2/silence/:id", Say("delete"));
  return router;
}

TEST(Router, PrefersTheMostSpecificRouteWhateverTheOrder) {
  const Router router = Example();
  EXPECT_EQ(Ask(router, "GET", "/").body, "root");
  EXPECT_EQ(Ask(router, "GET", "/api/v1/label/__name__/values").body, "names");
  EXPECT_EQ(Ask(router, "GET", "/api/v1/label/job/values").body, "values name=job");
  EXPECT_EQ(Ask(router, "GET", "/api/v1/label/job/help").body, "what name=job what=help");
  EXPECT_EQ(Ask(router, "GET", "/api/v1/other/x").body, "rest *=v1/other/x");
  EXPECT_EQ(Ask(router, "GET", "/api/").body, "rest *=");
}

TEST(Router, DoesNotMatchAnEmptyNamedSegment) {
  EXPECT_EQ(Ask(Example(), "DELETE", "/api/v2/silence/").status, 405) << "only the GET /api/* is left";
}

TEST(Router, AnswersNotFound) {
  for (const char* path : {"/nowhere", "/api", "//", "/both/", "", "*", "x"}) {
    EXPECT_EQ(Ask(Example(), "GET", path).status, 404) << path;
  }
}

TEST(Router, AnswersMethodNotAllowedWithTheMethodsThatAre) {
  const Response response = Ask(Example(), "PUT", "/both");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.Get("Allow"), "GET, HEAD, POST");
}

TEST(Router, FindsTheMethodOnALessSpecificRoute) {
  EXPECT_EQ(Ask(Example(), "GET", "/api/v2/silence/1").body, "rest *=v2/silence/1");
  EXPECT_EQ(Ask(Example(), "DELETE", "/api/v2/silence/1").body, "delete id=1");
}

TEST(Router, ServesHeadByTheHandlerOfGet) { EXPECT_EQ(Ask(Example(), "HEAD", "/both").body, "get"); }

}  // namespace
}  // namespace tocsin::http
