#include "alerting/rules/group.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/rules/rule_file.h"
#include "tests/alerting/rules/fakes.h"

namespace tocsin::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string ErrorOf(const RuleSnapshot& rule) {
  return rule.last_error ? rule.last_error->message() : "none";
}

class GroupTest : public testing::Test {
 protected:
  std::shared_ptr<Group> Make(const std::string& body) {
    auto groups = ReadRules("groups:\n- name: g\n" + body, "r.yml", engine, {});
    EXPECT_TRUE(groups) << ToString(groups.error());
    return std::make_shared<Group>(groups->front(), GroupDependencies{.appendable = store,
                                                                      .sink = sink,
                                                                      .clock = clock,
                                                                      .log = Logger(),
                                                                      .stopwatch = [this] { return elapsed; },
                                                                      .times = times});
  }
  std::vector<std::string> Written() { return std::exchange(store.written, {}); }

  FakeEngine engine;
  FakeAppendable store;
  FakeSink sink;
  FakeClock clock;
  Elapsed elapsed{0};
  std::shared_ptr<RuleTimes> times = std::make_shared<RuleTimes>();
  std::stop_source stop;
};

TEST_F(GroupTest, RecordsAndEndsSeriesThatVanish) {
  const auto group = Make("  rules:\n  - {record: r, expr: e, labels: {x: y}}\n");
  engine.Set("e", {Element(model::Labels{{"__name__", "m"}, {"job", "a"}}, 1),
                   Element(model::Labels{{"job", "b"}}, 2)});
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("r{job=\"a\", x=\"y\"}@10=1", "r{job=\"b\", x=\"y\"}@10=2"));
  engine.Set("e", {Element(model::Labels{{"job", "b"}}, 3)});
  group->Evaluate(Seconds(20), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("r{job=\"a\", x=\"y\"}@20=stale", "r{job=\"b\", x=\"y\"}@20=3"));
  group->Evaluate(Seconds(30), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("r{job=\"b\", x=\"y\"}@30=3"));
}

TEST_F(GroupTest, AnEmptyLabelOfARuleTakesTheLabelAway) {
  const auto group =
      Make("  labels: {team: web}\n  rules:\n  - {record: r, expr: e, labels: {job: '', team: ''}}\n");
  engine.Set("e", {Element(model::Labels{{"job", "a"}, {"x", "y"}}, 1)});
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("r{x=\"y\"}@10=1"));
}

TEST_F(GroupTest, AfterAnErrorNoSeriesIsEnded) {
  const auto group = Make("  rules:\n  - {record: r, expr: e}\n");
  engine.Set("e", {Element(model::Labels{}, 1)});
  group->Evaluate(Seconds(10), stop.get_token());
  Written();
  engine.answers["e"] = [](Timestamp) { return Fail(ErrorCode::kTimeout, "query timed out"); };
  group->Evaluate(Seconds(20), stop.get_token());
  EXPECT_THAT(Written(), IsEmpty());
  const RuleSnapshot& rule = group->snapshot()->rules[0];
  EXPECT_EQ(rule.health, Health::kBad);
  EXPECT_EQ(ErrorOf(rule), "query timed out");
  EXPECT_EQ(group->snapshot()->evaluation_failures, 1U);
  engine.Set("e", {});
  group->Evaluate(Seconds(30), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("r@30=stale"));
  EXPECT_EQ(group->snapshot()->rules[0].health, Health::kGood);
  EXPECT_FALSE(group->snapshot()->rules[0].last_error);
}

TEST_F(GroupTest, AnAlertsChangeOfStateEndsItsFormerSeries) {
  const auto group = Make("  rules:\n  - {alert: A, expr: e, for: 10s}\n");
  engine.Set("e", {Element(model::Labels{}, 1)});
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("ALERTS_FOR_STATE{alertname=\"A\"}@10=10",
                                     "ALERTS{alertname=\"A\", alertstate=\"pending\"}@10=1"));
  group->Evaluate(Seconds(20), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("ALERTS_FOR_STATE{alertname=\"A\"}@20=10",
                                     "ALERTS{alertname=\"A\", alertstate=\"firing\"}@20=1",
                                     "ALERTS{alertname=\"A\", alertstate=\"pending\"}@20=stale"));
  ASSERT_EQ(sink.received.size(), 1U);
  EXPECT_EQ(sink.received[0]->labels.Get("alertname"), "A");
}

TEST_F(GroupTest, QueryOffsetShiftsTheQueryAndTheSamples) {
  const auto group =
      Make("  query_offset: 5s\n  rules:\n  - {record: r, expr: e}\n  - {alert: A, expr: e}\n");
  engine.Set("e", {Element(model::Labels{}, 1)});
  group->Evaluate(Seconds(100), stop.get_token());
  EXPECT_EQ(engine.asked[0].second, Seconds(95));
  EXPECT_THAT(Written(), ElementsAre("r@95=1", "ALERTS_FOR_STATE{alertname=\"A\"}@95=100",
                                     "ALERTS{alertname=\"A\", alertstate=\"firing\"}@95=1"));
  EXPECT_EQ(group->snapshot()->rules[1].alerts[0].active_at, Seconds(100));
}

TEST_F(GroupTest, EachRuleSeesWhatTheOneBeforeRecorded) {
  const auto group = Make("  rules:\n  - {record: r, expr: e}\n  - {alert: A, expr: r}\n");
  engine.Set("e", {Element(model::Labels{}, 1)});
  std::vector<std::string> seen;
  engine.answers["r"] = [&](Timestamp) -> Result<model::QueryResult> {
    seen = store.written;
    return model::QueryResult{model::Vector(), {}, {}, {}};
  };
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_THAT(seen, ElementsAre("r@10=1"));
}

TEST_F(GroupTest, ASampleTheStoreRefusesMakesTheRuleBad) {
  const auto group = Make("  rules:\n  - {record: r, expr: e}\n");
  engine.Set("e", {Element(model::Labels{{"job", "a"}}, 1), Element(model::Labels{{"job", "b"}}, 2)});
  store.refused = "r{job=\"a\"}";
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("r{job=\"b\"}@10=2"));
  EXPECT_EQ(group->snapshot()->rules[0].health, Health::kBad);
}

TEST_F(GroupTest, EqualLabelSetsAndLimitsFailARecordingRule) {
  const auto group = Make("  limit: 1\n  rules:\n  - {record: r, expr: e}\n  - {record: s, expr: f}\n");
  engine.Set("e",
             {Element(model::Labels{{"__name__", "m"}}, 1), Element(model::Labels{{"__name__", "n"}}, 2)});
  engine.Set("f", {Element(model::Labels{{"job", "a"}}, 1), Element(model::Labels{{"job", "b"}}, 2)});
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_EQ(ErrorOf(group->snapshot()->rules[0]),
            "vector contains metrics with the same labelset after applying rule labels");
  EXPECT_EQ(ErrorOf(group->snapshot()->rules[1]), "exceeded limit of 1 with 2 series");
  EXPECT_THAT(Written(), IsEmpty());
}

TEST_F(GroupTest, AScalarIsAVectorOfOne) {
  const auto group = Make("  rules:\n  - {record: r, expr: e}\n  - {record: s, expr: text}\n");
  engine.answers["e"] = [](Timestamp at) -> Result<model::QueryResult> {
    return model::QueryResult{model::Scalar{at, 42}, {}, {}, {}};
  };
  engine.answers["text"] = [](Timestamp at) -> Result<model::QueryResult> {
    return model::QueryResult{model::String{at, "x"}, {}, {}, {}};
  };
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_THAT(Written(), ElementsAre("r@10=42"));
  EXPECT_EQ(ErrorOf(group->snapshot()->rules[1]), "rule result is not a vector or scalar");
}

TEST_F(GroupTest, AReloadedGroupKeepsStatesAndEndsWhatIsNoLongerWritten) {
  const auto old = Make(
      "  rules:\n  - {alert: A, expr: e, for: 10s}\n  - {record: gone, expr: e}\n  - {record: kept, expr: "
      "e}\n");
  engine.Set("e", {Element(model::Labels{}, 1)});
  old->Evaluate(Seconds(10), stop.get_token());
  Written();
  const auto fresh =
      Make("  rules:\n  - {record: kept, expr: f}\n  - {alert: A, expr: e, for: 10s, annotations: {a: b}}\n");
  fresh->TakeStateFrom(*old);
  EXPECT_EQ(fresh->snapshot()->rules[1].alerts.size(), 1U);
  engine.Set("f", {Element(model::Labels{}, 5)});
  fresh->Evaluate(Seconds(20), stop.get_token());
  EXPECT_THAT(Written(),
              ElementsAre("kept@20=5", "ALERTS_FOR_STATE{alertname=\"A\"}@20=10",
                          "ALERTS{alertname=\"A\", alertstate=\"firing\"}@20=1",
                          "ALERTS{alertname=\"A\", alertstate=\"pending\"}@20=stale", "gone@20=stale"));
}

TEST_F(GroupTest, ACanceledRoundBlamesNobody) {
  const auto group = Make("  rules:\n  - {record: r, expr: e}\n");
  engine.answers["e"] = [&](Timestamp) {
    stop.request_stop();
    return Fail(ErrorCode::kCanceled, "canceled");
  };
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_EQ(group->snapshot()->rules[0].health, Health::kUnknown);
}

TEST_F(GroupTest, SnapshotsTellTimesAndCounts) {
  const auto group = Make("  rules:\n  - {record: r, expr: e}\n");
  EXPECT_EQ(group->snapshot()->rules[0].health, Health::kUnknown);
  engine.answers["e"] = [&](Timestamp) -> Result<model::QueryResult> {
    elapsed += std::chrono::microseconds(250);
    return model::QueryResult{model::Vector{Element(model::Labels{}, 1)}, {}, {}, {}};
  };
  group->Evaluate(Seconds(10), stop.get_token());
  group->AddMissed(2);
  group->Evaluate(Seconds(20), stop.get_token());
  const auto snapshot = group->snapshot();
  EXPECT_EQ(snapshot->iterations, 2U);
  EXPECT_EQ(snapshot->iterations_missed, 2U);
  EXPECT_EQ(snapshot->last_samples, 1U);
  EXPECT_EQ(snapshot->last_evaluation, Seconds(20));
  EXPECT_EQ(snapshot->rules[0].evaluation_time, std::chrono::microseconds(250));
  for (const exposition::DurationSummary* summary : {&times->rules, &times->groups}) {
    const exposition::SummaryReading reading = summary->Read(std::array{0.5}, elapsed);
    EXPECT_EQ(reading.count, 2U);
    EXPECT_DOUBLE_EQ(reading.sum, 500e-6);
    EXPECT_DOUBLE_EQ(reading.quantiles[0].second, 250e-6);
  }
}

TEST_F(GroupTest, ARoundWorksWhenOneRuleDoes) {
  const auto group = Make("  rules:\n  - {record: r, expr: e}\n  - {record: s, expr: f}\n");
  const auto away = [](Timestamp) { return Fail(ErrorCode::kUnavailable, "away"); };
  engine.Set("f", {Element(model::Labels{}, 1)});
  engine.answers["e"] = away;
  group->Evaluate(Seconds(10), stop.get_token());
  EXPECT_EQ(group->snapshot()->last_success, Seconds(10));
  engine.answers["f"] = away;
  group->Evaluate(Seconds(20), stop.get_token());
  EXPECT_EQ(group->snapshot()->last_evaluation, Seconds(20));
  EXPECT_EQ(group->snapshot()->last_success, Seconds(10));
}

}  // namespace
}  // namespace tocsin::rules
