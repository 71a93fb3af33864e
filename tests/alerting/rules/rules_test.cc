#include "alerting/rules/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "tests/alerting/rules/fakes.h"

namespace tocsin::rules {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class RulesTest : public testing::Test {
 protected:
  void Load(const std::string& text) {
    const auto groups = ReadRules(text, "r.yml", engine, options.read);
    ASSERT_TRUE(groups) << ToString(groups.error());
    rules.Replace(*groups, options);
    executor.Run();
  }

  FakeEngine engine;
  FakeAppendable store;
  FakeSink sink;
  async::FakeExecutor executor;
  RulesOptions options;
  Rules rules{{engine, store, sink, executor, Logger()}};
};

TEST_F(RulesTest, EvaluatesEachIntervalAtAlignedTimes) {
  Load("groups: [{name: g, interval: 500ms, rules: [{alert: A, expr: e}]}]");
  executor.Advance(Duration(5000));
  ASSERT_EQ(engine.asked.size(), 10U);
  for (size_t i = 1; i < engine.asked.size(); ++i) {
    EXPECT_EQ(engine.asked[i].second - engine.asked[i - 1].second, Duration(500));
  }
  EXPECT_EQ(rules.Groups()[0]->iterations, 10U);
  EXPECT_EQ(rules.Groups()[0]->iterations_missed, 0U);
}

TEST_F(RulesTest, AnAlertGoesFromPendingToFiringToResolved) {
  Load("groups: [{name: g, interval: 500ms, rules: [{alert: A, expr: e, for: 2s}]}]");
  engine.Set("e", {Element(model::Labels{{"pool", "blue"}}, 3)});
  executor.Advance(Duration(1000));
  EXPECT_EQ(rules.Groups()[0]->rules[0].state(), AlertState::kPending);
  EXPECT_THAT(sink.received, IsEmpty());
  executor.Advance(Duration(2000));
  EXPECT_EQ(rules.Groups()[0]->rules[0].state(), AlertState::kFiring);
  ASSERT_EQ(sink.received.size(), 1U);
  engine.Set("e", {});
  executor.Advance(Duration(500));
  EXPECT_EQ(rules.Groups()[0]->rules[0].state(), AlertState::kInactive);
  ASSERT_EQ(sink.received.size(), 2U);
  EXPECT_TRUE(sink.received[1]->ResolvedAt(executor.clock().Now()));
}

TEST_F(RulesTest, AnUnchangedGroupGoesOnUndisturbedThroughAReload) {
  const std::string text = "groups: [{name: g, interval: 1s, rules: [{alert: A, expr: e, for: 1m}]}]";
  engine.Set("e", {Element(model::Labels{}, 1)});
  Load(text);
  executor.Advance(Duration(3000));
  Load(text);
  executor.Advance(Duration(3000));
  EXPECT_EQ(engine.asked.size(), 6U);
  EXPECT_EQ(rules.Groups()[0]->iterations, 6U);
}

TEST_F(RulesTest, AChangedGroupKeepsItsAlertsAndStopsItsFormerSelf) {
  engine.Set("e", {Element(model::Labels{}, 1)});
  Load("groups: [{name: g, interval: 1s, rules: [{alert: A, expr: e, for: 1m}]}]");
  executor.Advance(Duration(3000));
  const Timestamp since = rules.Groups()[0]->rules[0].alerts.at(0).active_at;
  Load("groups: [{name: g, interval: 2s, rules: [{alert: A, expr: e, for: 1m, annotations: {a: b}}]}]");
  engine.asked.clear();
  executor.Advance(Duration(4000));
  EXPECT_EQ(engine.asked.size(), 2U);
  EXPECT_EQ(rules.Groups()[0]->rules[0].alerts.at(0).active_at, since);
}

TEST_F(RulesTest, ARemovedGroupEndsItsSeries) {
  engine.Set("e", {Element(model::Labels{}, 1)});
  Load("groups: [{name: g, interval: 1s, rules: [{record: r, expr: e}]}]");
  executor.Advance(Duration(1000));
  store.written.clear();
  Load("groups: []");
  executor.Advance(Duration(5000));
  ASSERT_EQ(store.written.size(), 1U);
  EXPECT_THAT(store.written[0], HasSubstr("stale"));
  EXPECT_THAT(rules.Groups(), IsEmpty());
}

TEST_F(RulesTest, NewExternalLabelsRebuildTheGroups) {
  engine.Set("e", {Element(model::Labels{}, 1)});
  const std::string text =
      "groups: [{name: g, interval: 1s, rules: [{alert: A, expr: e, labels: {r: '{{ $externalLabels.region "
      "}}'}}]}]";
  Load(text);
  options.read.external_labels = model::Labels{{"region", "eu"}};
  Load(text);
  executor.Advance(Duration(1000));
  EXPECT_EQ(rules.Groups()[0]->rules[0].alerts.at(0).labels.Get("r"), "eu");
}

TEST_F(RulesTest, ABadFileChangesNothing) {
  Load("groups: [{name: g, interval: 1s, rules: [{alert: A, expr: e}]}]");
  EXPECT_FALSE(rules.Load({"/nonexistent/rules.yml"}, options));
  executor.Advance(Duration(2000));
  EXPECT_EQ(engine.asked.size(), 2U);
}

TEST_F(RulesTest, NothingRunsAfterStop) {
  Load("groups: [{name: g, interval: 1s, rules: [{alert: A, expr: e}]}]");
  rules.Stop();
  executor.Run();
  executor.Advance(Duration(5000));
  EXPECT_THAT(engine.asked, IsEmpty());
  EXPECT_EQ(executor.pending_timers(), 0U);
}

}  // namespace
}  // namespace tocsin::rules
