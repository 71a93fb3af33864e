// What survives a restart: two sets of rules, one after the other, on one file.
#include <filesystem>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "alerting/rules/kept/codec.h"
#include "alerting/rules/kept/tables.h"
#include "alerting/rules/rules.h"
#include "base/async/fake_executor.h"
#include "tests/alerting/rules/fakes.h"

namespace tocsin::rules {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kRules = R"(groups:
- name: g
  interval: 1s
  rules:
  - {alert: Pending, expr: p, for: 10s}
  - {alert: Firing, expr: f, for: 2s}
  - {alert: Kept, expr: k, keep_firing_for: 30s}
  - {alert: Ended, expr: e}
)";

class KeptRulesTest : public testing::Test {
 public:
  KeptRulesTest() { std::filesystem::remove_all(file.parent_path()); }
  ~KeptRulesTest() override { std::filesystem::remove_all(file.parent_path()); }
  KeptRulesTest(const KeptRulesTest&) = delete;
  KeptRulesTest& operator=(const KeptRulesTest&) = delete;

 protected:
  void Start(const std::string& text) {
    database = state::Database::Open(file, Migrations(), {}, Logger()).value();
    keeper = KeepStates(*database);
    rules = std::make_unique<Rules>(RulesDependencies{engine, store, sink, executor, Logger(), keeper.get()});
    rules->Restore(ReadStates(*database, Logger()).value());
    Replace(text);
  }
  void Replace(const std::string& text) {
    const auto groups = ReadRules(text, "r.yml", engine, {});
    ASSERT_TRUE(groups) << ToString(groups.error());
    rules->Replace(*groups, {});
    executor.Run();
  }
  /// As after kill -9: the file is as it was before the rules knew that they end.
  void Kill() {
    std::promise<void> safe;
    database->WhenSafe([&safe](const Status&) { safe.set_value(); });
    safe.get_future().wait();
    const auto copies = file.parent_path() / "copies";
    std::filesystem::create_directories(copies);
    for (const auto& entry : std::filesystem::directory_iterator(file.parent_path())) {
      if (entry.is_regular_file()) std::filesystem::copy_file(entry, copies / entry.path().filename());
    }
    rules.reset();
    executor.Run();
    keeper.reset();
    database.reset();
    sink.received.clear();
    for (const auto& entry : std::filesystem::directory_iterator(copies)) {
      std::filesystem::copy_file(entry, file.parent_path() / entry.path().filename(),
                                 std::filesystem::copy_options::overwrite_existing);
    }
    std::filesystem::remove_all(copies);
  }
  std::vector<ActiveAlert> Alerts() {
    std::vector<ActiveAlert> all;
    for (const RuleSnapshot& rule : rules->Groups().at(0)->rules) {
      all.insert(all.end(), rule.alerts.begin(), rule.alerts.end());
      all.insert(all.end(), rule.resolved.begin(), rule.resolved.end());
    }
    return all;
  }
  void Hold(const std::string& expression, bool holds) {
    engine.Set(expression,
               holds ? model::Vector{Element(model::Labels{{"pool", "blue"}}, 3)} : model::Vector{});
  }

  std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("tocsin-rules-kept." + std::to_string(getpid())) / "state.db";
  FakeEngine engine;
  FakeAppendable store;
  FakeSink sink;
  async::FakeExecutor executor;
  std::unique_ptr<state::Database> database;
  std::unique_ptr<StateKeeper> keeper;
  std::unique_ptr<Rules> rules;
};

TEST_F(KeptRulesTest, AlertsInEveryStateComeBackAsTheyWere) {
  Start(kRules);
  for (const char* expression : {"p", "f", "k", "e"}) Hold(expression, true);
  executor.Advance(Duration(4000));
  Hold("k", false);
  Hold("e", false);
  executor.Advance(Duration(1000));
  const auto before = Alerts();
  ASSERT_THAT(before, SizeIs(4));
  Kill();
  executor.Advance(Duration(3000));
  Start(kRules);
  const auto after = Alerts();
  ASSERT_THAT(after, SizeIs(4));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(after[i].labels, before[i].labels);
    EXPECT_EQ(after[i].state, before[i].state);
    EXPECT_EQ(after[i].active_at, before[i].active_at);
    EXPECT_EQ(after[i].fired_at, before[i].fired_at);
    EXPECT_EQ(after[i].keep_firing_since, before[i].keep_firing_since);
    EXPECT_EQ(after[i].resolved_at, before[i].resolved_at);
    EXPECT_EQ(after[i].end_reason, before[i].end_reason);
    EXPECT_EQ(after[i].value, before[i].value);
  }
  // The resolve may not have reached anybody: it is sent again.
  executor.Advance(Duration(1000));
  std::vector<std::string> ended;
  for (const auto& alert : sink.received) {
    if (alert->ResolvedAt(executor.clock().Now())) ended.emplace_back(alert->labels.Get("alertname"));
  }
  EXPECT_THAT(ended, testing::ElementsAre("Ended"));
}

TEST_F(KeptRulesTest, ForCountsOnThroughARestart) {
  Start(kRules);
  Hold("p", true);
  executor.Advance(Duration(6000));
  EXPECT_EQ(Alerts().at(0).state, AlertState::kPending);
  Kill();
  executor.Advance(Duration(3000));
  Start(kRules);
  executor.Advance(Duration(2000));
  EXPECT_EQ(Alerts().at(0).state, AlertState::kFiring);
}

TEST_F(KeptRulesTest, AfterALongOutagePendingAlertsBeginAnew) {
  Start(kRules);
  Hold("p", true);
  Hold("f", true);
  executor.Advance(Duration(6000));
  Kill();
  executor.Advance(Duration(3'700'000));
  Start(kRules);
  ASSERT_THAT(Alerts(), SizeIs(1));
  EXPECT_EQ(Alerts().at(0).labels.Get("alertname"), "Firing");
}

TEST_F(KeptRulesTest, WhatTheRulesDropIsForgotten) {
  Start(kRules);
  Hold("f", true);
  Hold("k", true);
  executor.Advance(Duration(4000));
  Replace("groups: [{name: g, interval: 1s, rules: [{alert: Firing, expr: other, for: 2s}]}]");
  Hold("other", true);
  executor.Advance(Duration(1000));
  Kill();
  EXPECT_THAT(
      ReadStates(*state::Database::Open(file, Migrations(), {}, Logger()).value(), Logger()).value().alerts,
      SizeIs(1));
  Start("groups: []");
  Kill();
  EXPECT_THAT(
      ReadStates(*state::Database::Open(file, Migrations(), {}, Logger()).value(), Logger()).value().alerts,
      IsEmpty());
}

TEST(KeptAlert, IsReadBackAsWritten) {
  ActiveAlert alert;
  alert.state = AlertState::kInactive;
  alert.labels = model::Labels{{"alertname", "A"}};
  alert.annotations = model::Labels{{"summary", "x"}};
  alert.source = model::Labels{{"instance", "a"}};
  alert.value = -0.5;
  alert.active_at = Seconds(1);
  alert.last_seen = Seconds(2);
  alert.fired_at = Seconds(3);
  alert.resolved_at = Seconds(4);
  alert.end_reason = model::EndReason::kBelow;
  alert.shared.emplace(std::nullopt);
  const auto read = DecodeAlert(EncodeAlert(alert));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(EncodeAlert(*read), EncodeAlert(alert));
  EXPECT_EQ(read->resolved_at, Seconds(4));
  EXPECT_TRUE(read->shared && !*read->shared);
  EXPECT_FALSE(DecodeAlert(EncodeAlert(alert).substr(1)));
  EXPECT_FALSE(DecodeAlert(""));
}

// Another engine's samples of a rule that waits half an hour; one of its alerts ended before the outage.
TEST_F(KeptRulesTest, WithoutKeptStatesStartsComeFromForState) {
  const std::string selector = R"(ALERTS_FOR_STATE{alertname="Slow"})";
  const Timestamp down = executor.clock().Now();
  const auto series = [](const char* pool) {
    return model::Labels{{"__name__", "ALERTS_FOR_STATE"}, {"alertname", "Slow"}, {"pool", pool}};
  };
  engine.answers[selector + "[3600000ms]"] = [=](Timestamp) -> Result<model::QueryResult> {
    const model::FloatSample sample{down, (down - Duration(600'000)).seconds()};
    return model::QueryResult{
        model::Matrix{{series("blue"), {sample}}, {series("green"), {sample}}}, {}, {}, {}};
  };
  engine.answers[selector] = [=](Timestamp) -> Result<model::QueryResult> {
    return model::QueryResult{model::Vector{Element(series("blue"), 0)}, {}, {}, {}};
  };
  engine.Set("s",
             {Element(model::Labels{{"pool", "blue"}}, 1), Element(model::Labels{{"pool", "green"}}, 1)});
  executor.Advance(Duration(100'000));
  Start("groups: [{name: g, interval: 1s, rules: [{alert: Slow, expr: s, for: 30m}]}]");
  executor.Advance(Duration(1000));
  const auto alerts = Alerts();
  ASSERT_THAT(alerts, SizeIs(2));
  // Ten minutes were waited for; the outage does not count.
  EXPECT_EQ(alerts[0].active_at, alerts[1].active_at - Duration(600'000));
}

}  // namespace
}  // namespace tocsin::rules
