#include "alerting/web/query_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::web {
namespace {

using ::testing::HasSubstr;

/// Answers every expression with its own text, and records when it was asked.
class EchoEngine final : public model::QueryEngine {
 public:
  class Query final : public model::PreparedQuery {
   public:
    Query(EchoEngine& engine, std::string text) : engine_(engine), text_(std::move(text)) {}
    const std::string& text() const override { return text_; }
    model::ValueType type() const override {
      return text_ == "matrix" ? model::ValueType::kMatrix : model::ValueType::kVector;
    }
    Result<model::QueryResult> Instant(Timestamp at, std::stop_token) const override {
      engine_.asked_at = at;
      if (engine_.failure) return tocsin::Fail(*engine_.failure);
      return model::QueryResult{model::String{at, text_}, {}, {}, {}};
    }
    Result<model::QueryResult> Range(Timestamp start, Timestamp end, Duration step,
                                     std::stop_token) const override {
      return model::QueryResult{
          model::Matrix{{model::Labels(), {{start, 0.0}, {end, static_cast<double>(step.count())}}}},
          {"careful"},
          {},
          {}};
    }

   private:
    EchoEngine& engine_;
    std::string text_;
  };

  Result<std::shared_ptr<const model::PreparedQuery>> Prepare(std::string_view expression) const override {
    if (expression == "up+") {
      return Fail(ErrorCode::kInvalidArgument, "parse error: unexpected end of input", {"", 1, 4});
    }
    return std::make_shared<const Query>(const_cast<EchoEngine&>(*this), std::string(expression));
  }

  mutable Timestamp asked_at;
  std::optional<Error> failure;
};

class QueryApi : public ::testing::Test {
 protected:
  QueryApi() { AddQueryApi(router_, engine_, clock_, QueryGate(2, std::chrono::seconds(1), clock_)); }

  http::Response Get(const std::string& path, const std::string& query) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.query = http::Parameters::Parse(query);
    struct Catch final : http::Responder::Impl {
      http::Response response;
      void Send(http::Response r) override { response = std::move(r); }
    };
    auto caught = std::make_shared<Catch>();
    router_.Dispatch(std::move(request), http::Responder(caught));
    return caught->response;
  }

  EchoEngine engine_;
  FakeClock clock_{Timestamp::FromMillis(5'250)};
  http::Router router_;
};

TEST_F(QueryApi, AsksForNowUnlessATimeIsGiven) {
  EXPECT_EQ(Get("/api/v1/query", "query=up").body,
            R"({"status":"success","data":{"resultType":"string","result":[5.25,"up"]}})");
  Get("/api/v1/query", "query=up&time=12.0006");
  EXPECT_EQ(engine_.asked_at.millis(), 12'001);
  Get("/api/v1/query", "query=up&time=1970-01-01T00:01:00Z");
  EXPECT_EQ(engine_.asked_at.millis(), 60'000);
}

TEST_F(QueryApi, RefusesBadParametersInPrometheusWords) {
  auto message = [&](const char* path, const char* query) {
    http::Response response = Get(path, query);
    EXPECT_EQ(response.status, 400) << query;
    return response.body;
  };
  EXPECT_EQ(
      message("/api/v1/query", "query=up%2B"),
      R"({"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:4: parse error: unexpected end of input"})");
  EXPECT_THAT(
      message("/api/v1/query", "query=up&time=abc"),
      HasSubstr(
          R"(invalid parameter \"time\": invalid time value for 'time': cannot parse \"abc\" to a valid timestamp)"));
  EXPECT_THAT(message("/api/v1/query_range", "query=up"), HasSubstr(R"(\"start\": cannot parse \"\" to)"));
  EXPECT_THAT(message("/api/v1/query_range", "query=up&start=1&end=0&step=1"),
              HasSubstr("end timestamp must not be"));
  EXPECT_THAT(message("/api/v1/query_range", "query=up&start=1&end=2&step=0"), HasSubstr("zero or negative"));
  EXPECT_THAT(message("/api/v1/query_range", "query=up&start=1&end=2&step=x"),
              HasSubstr("to a valid duration"));
  EXPECT_THAT(message("/api/v1/query_range", "query=up&start=1&end=200000&step=1"),
              HasSubstr("11,000 points"));
  EXPECT_THAT(message("/api/v1/query_range", "query=matrix&start=1&end=2&step=1"),
              HasSubstr(R"(invalid expression type \"range vector\" for range query)"));
}

TEST_F(QueryApi, ReadsStepsAsSecondsOrDurations) {
  EXPECT_EQ(
      Get("/api/v1/query_range", "query=up&start=1&end=2&step=0.5").body,
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"0"],[2,"500"]]}]},"warnings":["careful"]})");
  EXPECT_THAT(Get("/api/v1/query_range", "query=up&start=1&end=2&step=1m").body, HasSubstr("[2,\"60000\"]"));
}

TEST_F(QueryApi, GivesEachFailureItsStatus) {
  for (auto [code, status] : std::vector<std::pair<ErrorCode, int>>{{ErrorCode::kInvalidArgument, 422},
                                                                    {ErrorCode::kUnsupported, 422},
                                                                    {ErrorCode::kTimeout, 503},
                                                                    {ErrorCode::kCanceled, 499},
                                                                    {ErrorCode::kInternal, 500}}) {
    engine_.failure = Error(code, "because");
    http::Response response = Get("/api/v1/query", "query=up");
    EXPECT_EQ(response.status, status);
    EXPECT_THAT(response.body, HasSubstr("\"error\":\"because\""));
  }
}

}  // namespace
}  // namespace tocsin::web
