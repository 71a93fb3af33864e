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

class FakeHits final : public HitStore {
 public:
  Result<int64_t> CountHit() override {
    if (away_) return Fail(ErrorCode::kUnavailable, "redis is away");
    return ++hits_;
  }
  Result<std::optional<std::string>> Cached(std::string_view) override {
    if (away_) return Fail(ErrorCode::kUnavailable, "redis is away");
    return cached_;
  }
  Status Cache(std::string_view, std::string_view text, Duration) override {
    if (away_) return Fail(ErrorCode::kUnavailable, "redis is away");
    cached_ = text;
    return {};
  }
  Status Forget(std::string_view) override {
    cached_.reset();
    return {};
  }
  bool away() const override { return away_; }

  bool away_ = false;
  int64_t hits_ = 0;
  std::optional<std::string> cached_;
};

class FakeVisits final : public VisitStore {
 public:
  Result<int64_t> Record(std::string_view pool, std::string_view release) override {
    if (away_) return Fail(ErrorCode::kUnavailable, "postgres is away");
    visits_.latest.insert(visits_.latest.begin(),
                          {"2026-11-27T00:00:00.000Z", std::string(pool), std::string(release)});
    return ++visits_.total;
  }
  Result<Visits> Latest(int) override {
    ++asked_;
    if (away_) return Fail(ErrorCode::kUnavailable, "postgres is away");
    return visits_;
  }
  bool away() const override { return away_; }

  bool away_ = false;
  int asked_ = 0;
  Visits visits_;
};

class StoresTest : public testing::Test {
 protected:
  Response Ask(std::string_view method, std::string_view path) { return service_.Handle({method, path, ""}); }

  Chaos chaos_{{.hold = Duration(1), .slow_delay = Duration(1)}};
  FakeHits hits_;
  FakeVisits visits_;
  Service service_{{"", "blue", "v1"}, chaos_, {&hits_, &visits_}};
};

TEST_F(StoresTest, ApiCountsHits) {
  EXPECT_EQ(Ask("GET", "/api").body, R"({"status":"OK","pool":"blue","release":"v1","hits":1})");
  EXPECT_EQ(Ask("GET", "/api/").body, R"({"status":"OK","pool":"blue","release":"v1","hits":2})");
}

TEST_F(StoresTest, VisitsAreRecordedListedAndCached) {
  EXPECT_EQ(Ask("POST", "/api/visits").status, 201);
  const Response first = Ask("GET", "/api/visits");
  EXPECT_EQ(first.body,
            R"({"total":1,"latest":[{"at":"2026-11-27T00:00:00.000Z","pool":"blue","release":"v1"}]})");
  EXPECT_THAT(first.headers, Contains(Pair("X-Cache", "miss")));
  const Response second = Ask("GET", "/api/visits");
  EXPECT_EQ(second.body, first.body);
  EXPECT_THAT(second.headers, Contains(Pair("X-Cache", "hit")));
  EXPECT_EQ(visits_.asked_, 1);
  EXPECT_EQ(Ask("POST", "/api/visits").body, R"({"visit":2})");
  EXPECT_THAT(Ask("GET", "/api/visits").body, HasSubstr(R"("total":2)"));
}

TEST_F(StoresTest, AnswersWithoutRedisAndSaysSo) {
  hits_.away_ = true;
  EXPECT_EQ(Ask("GET", "/api").body,
            R"({"status":"degraded","pool":"blue","release":"v1","hits":null,"away":["redis"]})");
  EXPECT_EQ(Ask("POST", "/api/visits").status, 201);
  EXPECT_THAT(Ask("GET", "/api/visits").body, HasSubstr(R"("total":1)"));
}

TEST_F(StoresTest, AnswersWithoutPostgresAndKeepsNoVisitSilently) {
  visits_.away_ = true;
  EXPECT_EQ(Ask("GET", "/api").status, 200);
  const Response list = Ask("GET", "/api/visits");
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.body, R"({"total":null,"latest":[],"away":["postgres"]})");
  const Response refused = Ask("POST", "/api/visits");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("postgres is away"));
  EXPECT_FALSE(hits_.cached_);
}

TEST_F(StoresTest, HealthIsWellAndNamesWhatIsAway) {
  EXPECT_EQ(Ask("GET", "/health").body, "OK");
  EXPECT_EQ(Ask("GET", "/healthz").body, R"({"status":"OK"})");
  hits_.away_ = visits_.away_ = true;
  EXPECT_EQ(Ask("GET", "/health").status, 200);
  EXPECT_EQ(Ask("GET", "/health").body, "OK, without redis and postgres");
  EXPECT_EQ(Ask("GET", "/healthz").body, R"({"status":"OK","away":["redis","postgres"]})");
  EXPECT_EQ(Ask("GET", "/ping").body, "pong");
}

TEST_F(ServiceTest, WithoutStoresNothingIsAway) {
  EXPECT_EQ(Get("/health").body, "OK");
  EXPECT_EQ(nlohmann::json::parse(Get("/api").body)["status"], "OK");
  EXPECT_EQ(Post("/api/visits").status, 501);
  EXPECT_EQ(Get("/api/visits").body, R"({"total":null,"latest":[]})");
}

}  // namespace
}  // namespace tocsin::backend
