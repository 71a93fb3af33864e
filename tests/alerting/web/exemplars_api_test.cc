#include "alerting/web/exemplars_api.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::web {
namespace {

/// One exemplar of each series that is asked for, and what it was asked.
class OneExemplar final : public model::ExemplarSource {
 public:
  std::vector<model::SeriesExemplars> Exemplars(const std::vector<model::Matchers>& any_of,
                                                model::TimeRange range) const override {
    asked = any_of;
    asked_range = range;
    return {
        {{{"__name__", "a_total"}, {"job", "j"}},
         {{{{"trace_id", "x"}}, 0.5, Timestamp::FromMillis(1'500)}, {{}, 2, Timestamp::FromMillis(2'000)}}},
        {{{"__name__", "b_total"}}, {{{{"trace_id", "y"}}, 1, Timestamp::FromMillis(3'000)}}}};
  }
  mutable std::vector<model::Matchers> asked;
  mutable model::TimeRange asked_range;
};

class ExemplarsApi : public testing::Test {
 protected:
  ExemplarsApi() { AddExemplarsApi(router_, source_, {}); }

  http::Response Get(const std::string& query) {
    struct Catch final : http::Responder::Impl {
      http::Response response;
      void Send(http::Response r) override { response = std::move(r); }
    };
    http::Request request;
    request.method = "GET";
    request.path = "/api/v1/query_exemplars";
    request.query = http::Parameters::Parse(query);
    auto caught = std::make_shared<Catch>();
    router_.Dispatch(std::move(request), http::Responder(caught));
    return caught->response;
  }

  OneExemplar source_;
  http::Router router_;
};

TEST_F(ExemplarsApi, AnswersAsPrometheusDoes) {
  EXPECT_EQ(
      Get("query=a_total&start=1&end=5").body,
      R"({"status":"success","data":[{"seriesLabels":{"__name__":"a_total","job":"j"},"exemplars":[)"
      R"({"labels":{"trace_id":"x"},"value":"0.5","timestamp":1.5},{"labels":{},"value":"2","timestamp":2}]},)"
      R"({"seriesLabels":{"__name__":"b_total"},"exemplars":[{"labels":{"trace_id":"y"},"value":"1","timestamp":3}]}]})");
  EXPECT_EQ(source_.asked_range.start.millis(), 1'000);
  EXPECT_EQ(source_.asked_range.end.millis(), 5'000);
}

TEST_F(ExemplarsApi, AsksForEverySelectorOfTheQuery) {
  Get("query=sum(rate(a[5m])) / on() group_left() max_over_time(b[1h:1m]) %2B -(c) > quantile(scalar(d), e)");
  std::vector<std::string> names;
  names.reserve(source_.asked.size());
  for (const model::Matchers& matchers : source_.asked) names.push_back(matchers.back().value());
  std::sort(names.begin(), names.end());
  EXPECT_THAT(names, testing::ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(ExemplarsApi, RefusesWhatIsWrong) {
  EXPECT_EQ(Get("query=a(").status, 400);
  EXPECT_EQ(Get("query=a&start=2&end=1").status, 400);
  EXPECT_EQ(Get("query=a&start=x").status, 400);
}

}  // namespace
}  // namespace tocsin::web
