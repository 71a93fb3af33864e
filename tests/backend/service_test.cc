#include "backend/service.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace tocsin::backend {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

class ServiceTest : public testing::Test {
 protected:
  Response Get(std::string_view path) { return service_.Handle({"GET", path, ""}); }
  Response Post(std::string_view path, std::string_view mode = "") {
    return service_.Handle({"POST", path, mode});
  }

  Chaos chaos_{{.hold = Duration(1), .slow_delay = Duration(1)}};
  Service service_{{"service1", "green", "v\"2"}, chaos_};
};

TEST_F(ServiceTest, VersionIsCompactJsonWithPoolAndRelease) {
  const Response answer = Get("/version");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"pool\":\"green\""));
  EXPECT_THAT(answer.body, HasSubstr("\"status\":\"OK\""));
  EXPECT_EQ(nlohmann::json::parse(answer.body)["release"], "v\"2");
}

TEST_F(ServiceTest, ApiHealthHasTheSameLengthFromEveryPool) {
  Service blue({"", "blue", "v1"}, chaos_);
  EXPECT_EQ(blue.Handle({"GET", "/api/health", ""}).body, Get("/api/health").body);
}

TEST_F(ServiceTest, ChaosAnswersInSystemBsWords) {
  EXPECT_EQ(Post("/chaos/start").body, R"({"message":"Simulation mode 'error' activated"})");
  EXPECT_EQ(Post("/chaos/start", "timeout").body, R"({"message":"Simulation mode 'timeout' activated"})");
  EXPECT_EQ(Post("/chaos/stop").body, R"({"message":"Simulation stopped"})");
}

TEST_F(ServiceTest, ChaosStrikesAppRoutesAndSparesHealth) {
  Post("/chaos/start");
  for (const char* path : {"/", "/version", "/api/health"}) EXPECT_EQ(Get(path).status, 500) << path;
  for (const char* path : {"/health", "/healthz", "/ping"}) EXPECT_EQ(Get(path).status, 200) << path;
  Post("/chaos/start", "timeout");
  EXPECT_EQ(Get("/").status, 504);
  Post("/chaos/start", "slow");
  EXPECT_EQ(Get("/").status, 200);
  Post("/chaos/stop");
  EXPECT_EQ(Get("/").status, 200);
}

TEST_F(ServiceTest, UnknownModeIsRefusedAndChangesNothing) {
  const Response answer = Post("/chaos/start", "flood");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("unknown mode 'flood'"));
  EXPECT_EQ(chaos_.mode(), ChaosMode::kOff);
}

TEST_F(ServiceTest, OtherMethodsAreRefusedWithWhatIsAllowed) {
  const Response answer = Get("/chaos/start");
  EXPECT_EQ(answer.status, 405);
  EXPECT_THAT(answer.headers, Contains(Pair("Allow", "POST")));
  EXPECT_EQ(service_.Handle({"DELETE", "/", ""}).status, 405);
  EXPECT_EQ(service_.Handle({"GE", "/", ""}).status, 405);
  EXPECT_EQ(service_.Handle({"", "/", ""}).status, 405);
  EXPECT_EQ(Post("/").status, 200);
}

TEST_F(ServiceTest, UnknownPathIsNotFoundAndLabelledOther) {
  EXPECT_EQ(Get("/nope").status, 404);
  EXPECT_EQ(Service::RouteLabel("/nope"), "other");
  EXPECT_EQ(Service::RouteLabel("/version"), "/version");
  EXPECT_EQ(Service::MethodLabel("BREW"), "other");
}

}  // namespace
}  // namespace tocsin::backend
