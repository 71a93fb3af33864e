#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/web/labels_api.h"
#include "alerting/web/query_gate.h"
#include "alerting/web/status_api.h"
#include "alerting/web/syntax_api.h"
#include "alerting/web/targets_api.h"

namespace tocsin::web {
namespace {

using ::testing::HasSubstr;

struct Catch final : http::Responder::Impl {
  http::Response response;
  void Send(http::Response answer) override { response = std::move(answer); }
};

http::Request Question(const std::string& path, const std::string& query) {
  http::Request request;
  request.method = "GET";
  request.path = path;
  request.query = http::Parameters::Parse(query);
  return request;
}

http::Response Ask(const http::Router& router, const std::string& path, const std::string& query = "") {
  auto caught = std::make_shared<Catch>();
  router.Dispatch(Question(path, query), http::Responder(caught));
  return caught->response;
}

/// Knows three series.
class FewLabels final : public model::LabelSource {
 public:
  Result<std::vector<model::Labels>> SeriesLabels(const std::vector<model::Matchers>&, model::TimeRange,
                                                  size_t limit) const override {
    return Cut<model::Labels>({{{"__name__", "a"}}, {{"__name__", "b"}}, {{"__name__", "b"}, {"x", "1"}}},
                              limit);
  }
  Result<std::vector<std::string>> LabelNames(const std::vector<model::Matchers>&, model::TimeRange,
                                              size_t limit) const override {
    return Cut<std::string>({"__name__", "x"}, limit);
  }
  Result<std::vector<std::string>> LabelValues(const std::string& name, const std::vector<model::Matchers>&,
                                               model::TimeRange, size_t limit) const override {
    return Cut<std::string>({name}, limit);
  }

 private:
  template <typename T>
  static std::vector<T> Cut(std::vector<T> all, size_t limit) {
    if (limit > 0 && all.size() > limit) all.resize(limit);
    return all;
  }
};

TEST(LabelsApi, TruncatesWithAWarning) {
  FewLabels source;
  http::Router router;
  AddLabelsApi(router, source);
  EXPECT_EQ(
      Ask(router, "/api/v1/series", "match[]=b&limit=1").body,
      R"({"status":"success","data":[{"__name__":"a"}],"warnings":["results truncated due to limit"]})");
  EXPECT_EQ(Ask(router, "/api/v1/labels", "limit=2").body, R"({"status":"success","data":["__name__","x"]})");
  EXPECT_EQ(Ask(router, "/api/v1/label/U__a_2e_b/values").body, R"({"status":"success","data":["a.b"]})");
}

TEST(LabelsApi, RefusesWhatPrometheusRefuses) {
  FewLabels source;
  http::Router router;
  AddLabelsApi(router, source);
  EXPECT_THAT(Ask(router, "/api/v1/series").body, HasSubstr("no match[] parameter provided"));
  EXPECT_THAT(Ask(router, "/api/v1/labels", "limit=-1").body, HasSubstr("limit must be non-negative"));
  EXPECT_THAT(Ask(router, "/api/v1/labels", "match[]=%7B%7D").body,
              HasSubstr("at least one non-empty matcher"));
  EXPECT_EQ(Ask(router, "/api/v1/labels", "start=x").status, 400);
}

TEST(SyntaxApi, FormatsAndTranslates) {
  http::Router router;
  AddSyntaxApi(router, {});
  EXPECT_THAT(Ask(router, "/api/v1/format_query", "query=sum(a)by(b)").body,
              HasSubstr("\"data\":\"sum by (b) (a)\""));
  EXPECT_THAT(Ask(router, "/api/v1/parse_query", "query=a[5m]").body, HasSubstr("\"range\":300000"));
  EXPECT_THAT(Ask(router, "/api/v1/parse_query", "query=sum(").body, HasSubstr("unclosed left parenthesis"));
}

TEST(StatusApi, ShowsNoSecrets) {
  auto document = yaml::Parse(
      "scrape_configs:\n- job_name: a\n  proxy_url: http://me:pass@proxy:80\n  basic_auth:\n    username: "
      "me\n"
      "    password: hunter2\n    password_file: /etc/p\n  http_headers:\n    X-Key:\n      secrets: [one, "
      "two]\n"
      "- job_name: ${NAME}\n  static_configs: []\n",
      "p.yml");
  ASSERT_TRUE(document);
  EXPECT_EQ(
      RedactedYaml(*document),
      "scrape_configs:\n- job_name: a\n  proxy_url: \"http://me:xxxxx@proxy:80\"\n  basic_auth:\n"
      "    username: me\n    password: <secret>\n    password_file: /etc/p\n  http_headers:\n    X-Key:\n"
      "      secrets:\n      - <secret>\n      - <secret>\n- job_name: ${NAME}\n  static_configs: []\n");
}

TEST(StatusApi, CountsSeriesByNameAndLabel) {
  FewLabels source;
  FakeClock clock;
  http::Router router;
  AddStatusApi(router, {.labels = source,
                        .clock = clock,
                        .flags = {{"query.timeout", "2m"}},
                        .retention = "15d",
                        .version = "1",
                        .reload =
                            [] {
                              return ReloadInfo{true, {}, "global: {}\n"};
                            },
                        .head =
                            [] {
                              return HeadInfo{7, Timestamp::FromMillis(1'000), Timestamp::FromMillis(9'000)};
                            },
                        .alertmanagers =
                            [] {
                              return AlertmanagerUrls{{"http://a/api/v2/alerts"}, {"http://b/api/v2/alerts"}};
                            }});
  EXPECT_EQ(Ask(router, "/api/v1/alertmanagers").body,
            R"({"status":"success","data":{"activeAlertmanagers":[{"url":"http://a/api/v2/alerts"}],)"
            R"("droppedAlertmanagers":[{"url":"http://b/api/v2/alerts"}]}})");
  EXPECT_THAT(Ask(router, "/api/v1/status/tsdb").body,
              HasSubstr(R"("numSeries":3,"numLabelPairs":3,"chunkCount":7,"minTime":1000,"maxTime":9000})"));
  EXPECT_THAT(Ask(router, "/api/v1/status/tsdb", "limit=1").body,
              HasSubstr(R"("seriesCountByMetricName":[{"name":"b","value":2}])"));
  EXPECT_EQ(Ask(router, "/api/v1/status/flags").body,
            R"({"status":"success","data":{"query.timeout":"2m"}})");
  EXPECT_EQ(Ask(router, "/api/v1/status/config").body,
            R"({"status":"success","data":{"yaml":"global: {}\n"}})");
  EXPECT_EQ(Ask(router, "/api/v1/status/tsdb", "limit=0").status, 400);
}

TEST(TargetsApi, ShowsTargetsAndMetadata) {
  collect::JobSnapshot job;
  job.job_name = "node";
  collect::TargetSnapshot target;
  target.target.labels = model::Labels{{"job", "node"}};
  target.target.url = "http://a:1/metrics";
  target.target.interval = std::chrono::seconds(15);
  target.status.health = collect::Health::kUp;
  target.status.metadata =
      std::make_shared<const collect::MetadataMap>(collect::MetadataMap{{"m", {"counter", "Many.", ""}}});
  job.active.push_back(target);
  job.dropped.push_back(model::Labels{{"__address__", "b:1"}});
  job.dropped_count = 1;
  http::Router router;
  AddTargetsApi(
      router, [job] { return std::vector{job}; }, "");
  AddMetadataApi(router, [job] { return std::vector{job}; });
  EXPECT_THAT(Ask(router, "/api/v1/targets", "state=active").body,
              ::testing::AllOf(HasSubstr(R"("health":"up","scrapeInterval":"15s")"),
                               HasSubstr(R"("droppedTargetCounts":null)")));
  EXPECT_THAT(Ask(router, "/api/v1/targets").body, HasSubstr(R"("droppedTargetCounts":{"node":1})"));
  EXPECT_EQ(Ask(router, "/api/v1/metadata").body,
            R"({"status":"success","data":{"m":[{"type":"counter","help":"Many.","unit":""}]}})");
}

TEST(TargetsApi, ATargetOnThisMachineIsShownAsOthersReachIt) {
  EXPECT_EQ(GlobalUrl("http://127.0.0.1:1/m?x=y", "https://here.test:9093/p"), "http://here.test:1/m?x=y");
  EXPECT_EQ(GlobalUrl("http://[::1]:1/m", "http://here.test"), "http://here.test:1/m");
  EXPECT_EQ(GlobalUrl("http://localhost/m", "http://here.test/"), "http://here.test/m");
  EXPECT_EQ(GlobalUrl("http://a:1/m", "http://here.test/"), "http://a:1/m");
  EXPECT_EQ(GlobalUrl("http://127.0.0.1:1/m", ""), "http://127.0.0.1:1/m");
}

TEST(QueryGate, MakesTheThirdWaitAndDropsWhoWentAway) {
  FakeClock clock;
  const QueryGate gate(1, std::chrono::seconds(10), clock);
  std::latch entered(1);
  std::latch leave(1);
  const http::Handler slow = gate.Guard([&](const http::Request&) {
    entered.count_down();
    leave.wait();
    return http::Response::Text(200, "slow");
  });
  const http::Handler quick =
      gate.Guard([](const http::Request&) { return http::Response::Text(200, "quick"); });
  std::vector<std::shared_ptr<Catch>> caught;
  caught.reserve(3);
  for (int i = 0; i < 3; ++i) caught.push_back(std::make_shared<Catch>());
  std::jthread first([&] { slow(http::Request(), http::Responder(caught[0])); });
  entered.wait();
  std::stop_source gone;
  http::Request abandoned;
  abandoned.stop = gone.get_token();
  quick(http::Request(), http::Responder(caught[1]));
  quick(abandoned, http::Responder(caught[2]));
  EXPECT_EQ(caught[1]->response.body, "");
  gone.request_stop();
  leave.count_down();
  first.join();
  EXPECT_EQ(caught[0]->response.body, "slow");
  EXPECT_EQ(caught[1]->response.body, "quick");
  EXPECT_EQ(caught[2]->response.status, 499);
}

}  // namespace
}  // namespace tocsin::web
