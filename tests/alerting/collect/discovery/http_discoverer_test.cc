#include "alerting/collect/discovery/http_discoverer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "tests/alerting/collect/fake_client.h"

namespace tocsin::collect {
namespace {

std::string Fault(std::string_view json) {
  const auto groups = ReadHttpTargets(json, "u");
  return groups ? "none" : groups.error().ToString();
}

TEST(HttpTargets, AreReadWithTheirLabels) {
  const auto groups =
      ReadHttpTargets(R"([{"targets":["a:1","b:2"],"labels":{"zone":"z"}},{"targets":[]},{}])", "http://u/");
  ASSERT_TRUE(groups.has_value());
  ASSERT_EQ(groups->size(), 3U);
  EXPECT_EQ((*groups)[0].targets[1].ToString(), R"({__address__="b:2"})");
  EXPECT_EQ((*groups)[0].labels.ToString(), R"({__meta_url="http://u/", zone="z"})");
  EXPECT_EQ((*groups)[1].source, "http://u/:1");
  EXPECT_TRUE(ReadHttpTargets("null", "u").has_value());
}

TEST(HttpTargets, RefuseWhatIsNoListOfGroups) {
  EXPECT_EQ(Fault("[{"), "the answer is no JSON");
  EXPECT_EQ(Fault("{}"), "expected a list of target groups");
  EXPECT_EQ(Fault("[null]"), "target group 0: a target group is no object");
  EXPECT_EQ(Fault(R"([{},{"targets":"a"}])"), "target group 1: \"targets\" is no list");
  EXPECT_EQ(Fault(R"([{"targets":[1]}])"), "target group 0: a target is no string");
  EXPECT_EQ(Fault(R"([{"labels":[]}])"), "target group 0: \"labels\" is no object");
  EXPECT_EQ(Fault(R"([{"labels":{"a":1}}])"), "target group 0: the label \"a\" is no string");
  EXPECT_EQ(Fault(R"([{"labels":{"":"b"}}])"), "target group 0: \"\" is not a valid label name");
  EXPECT_EQ(Fault(R"([{"tragets":[]}])"), "target group 0: unknown field \"tragets\"");
  std::string many = R"([{"targets":["a")";
  for (size_t i = 0; i < kMostDiscovered; ++i) many += ",\"a\"";
  EXPECT_EQ(Fault(many + "]}]"), "more than 100000 targets");
}

class HttpDiscovererTest : public testing::Test {
 protected:
  static Result<http::ClientResponse> Json(std::string body, int status = 200,
                                           std::string type = "application/json; charset=\"utf-8\"") {
    http::ClientResponse response;
    response.status = status;
    response.headers.Add("Content-Type", std::move(type));
    response.body = std::move(body);
    return response;
  }
  void Start() {
    discoverer_.Start([this](std::vector<TargetGroup> all) {
      ++updates_;
      targets_ = all.empty() ? 0 : all[0].targets.size();
    });
    executor_.Run();
  }
  void Answer(const Result<http::ClientResponse>& answer) {
    client_.AnswerAll(answer);
    executor_.Run();
  }

  async::FakeExecutor executor_;
  FakeClient client_;
  size_t targets_ = 0;
  int updates_ = 0;
  HttpDiscoverer discoverer_{{.url = "http://sd/", .refresh_interval = Duration(10'000), .transport = {}},
                             client_,
                             executor_.MakeStrand(),
                             Logger()};
};

TEST_F(HttpDiscovererTest, AsksAtOnceAndAtEachInterval) {
  Start();
  EXPECT_EQ(client_.last_request.url, "http://sd/");
  EXPECT_EQ(client_.last_request.headers.Get("X-Prometheus-Refresh-Interval-Seconds"), "10");
  Answer(Json(R"([{"targets":["a:1"]}])"));
  EXPECT_EQ(targets_, 1U);
  executor_.Advance(Duration(10'000));
  Answer(Json(R"([{"targets":["a:1"]}])"));
  EXPECT_EQ(updates_, 1);  // nothing changed
  executor_.Advance(Duration(10'000));
  Answer(Json("[]"));
  EXPECT_EQ(targets_, 0U);
}

TEST_F(HttpDiscovererTest, AFailureKeepsTheLastTargets) {
  Start();
  Answer(Json(R"([{"targets":["a:1"]}])"));
  for (const auto& answer : {Json("[]", 500), Json("[]", 200, "text/html"), Json("x"),
                             Result<http::ClientResponse>(Fail(ErrorCode::kTimeout, "timed out"))}) {
    executor_.Advance(Duration(10'000));
    Answer(answer);
    EXPECT_EQ(targets_, 1U);
  }
  EXPECT_EQ(updates_, 1);
}

TEST_F(HttpDiscovererTest, AsksOnceUntilItIsAnswered) {
  Start();
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(client_.sent, 1);
}

}  // namespace
}  // namespace tocsin::collect
