// Alerts whose condition is gone: why, and what resolve_expr and no_data make of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/rules/alerting_rule.h"
#include "alerting/rules/rule_file.h"
#include "tests/alerting/rules/fakes.h"

namespace tocsin::rules {
namespace {

const model::Labels kSeries{{"__name__", "load"}, {"instance", "a"}};
const model::Labels kOther{{"__name__", "load"}, {"instance", "b"}};

class AbsentAlertTest : public testing::Test {
 protected:
  AbsentAlertTest() { engine.selectors["load > 1"] = {"load"}; }

  AlertingRule& Make(const std::string& keys) {
    RuleReadOptions options;
    options.own_keys = true;
    const auto groups =
        ReadRules("groups:\n- name: g\n  rules:\n  - {alert: A, expr: load > 1" + keys + "}\n", "r.yml",
                  engine, options);
    EXPECT_TRUE(groups) << ToString(groups.error());
    spec = groups->front();
    rule.emplace(spec->rules[0], *spec->scope, Logger());
    return *rule;
  }
  /// Evaluates at a second; "none" or the alert's state.
  std::string At(int64_t second, bool holds, Timestamp restoring_until = {}) {
    const auto result = rule->Evaluate(holds ? model::Vector{Element(kSeries, 2)} : model::Vector{},
                                       {.at = Seconds(second), .restoring_until = restoring_until});
    if (!result) return result.error().message();
    if (rule->alerts().empty()) return "none";
    return std::string(AlertStateName(alert().state));
  }
  const ActiveAlert& alert() const { return rule->alerts().begin()->second; }
  void Data(bool there) {
    engine.Set("load", there ? model::Vector{Element(kSeries, 0.5), Element(kOther, 0.5)}
                             : model::Vector{Element(kOther, 0.5)});
  }

  FakeEngine engine;
  std::shared_ptr<const GroupSpec> spec;
  std::optional<AlertingRule> rule;
};

TEST_F(AbsentAlertTest, EndsBelowWhileASeriesOfItsLabelsIsThere) {
  Make("");
  Data(true);
  At(0, true);
  EXPECT_EQ(At(10, false), "inactive");
  EXPECT_EQ(alert().end_reason, model::EndReason::kBelow);
  EXPECT_EQ(alert().value, 2);
}

TEST_F(AbsentAlertTest, HasVanishedWhenOnlyOthersSeriesAreLeft) {
  Make("");
  Data(true);
  At(0, true);
  // Series were there when the alert was, and are not now.
  engine.answers["load"] = [](Timestamp at) -> Result<model::QueryResult> {
    model::Vector vector{Element(kOther, 0.5)};
    if (at == Seconds(0)) vector.push_back(Element(kSeries, 2));
    return model::QueryResult{vector, {}, {}, {}};
  };
  EXPECT_EQ(At(10, false), "inactive");
  EXPECT_EQ(alert().end_reason, model::EndReason::kVanished);
  const auto due = rule->TakeDue(Seconds(10), {});
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0]->end_reason, model::EndReason::kVanished);
  EXPECT_EQ(due[0]->value, 2);
}

TEST_F(AbsentAlertTest, AFailingSelectorResolvesNothing) {
  Make("");
  At(0, true);
  engine.answers["load"] = [](Timestamp) { return Fail(ErrorCode::kTimeout, "query timed out"); };
  EXPECT_EQ(At(10, false), "query timed out");
  EXPECT_EQ(alert().state, AlertState::kFiring);
}

TEST_F(AbsentAlertTest, ResolveExprDecidesWhenAFiringAlertEnds) {
  Make(", resolve_expr: load < 0.4, labels: {severity: page}");
  Data(true);
  EXPECT_EQ(At(0, true), "firing");
  EXPECT_EQ(At(10, false), "firing");
  EXPECT_EQ(alert().hold, ActiveAlert::Hold::kResolveExpr);
  engine.Set("load < 0.4", {Element(kOther, 0.3)});
  EXPECT_EQ(At(20, false), "firing") << "another series' result resolves nothing";
  engine.Set("load < 0.4", {Element(kSeries, 0.3)});
  EXPECT_EQ(At(30, false), "inactive");
  EXPECT_EQ(alert().end_reason, model::EndReason::kBelow);
}

TEST_F(AbsentAlertTest, KeepFiringForBeginsWhenResolveExprHasSpoken) {
  Make(", resolve_expr: load < 0.4, keep_firing_for: 20s");
  Data(true);
  At(0, true);
  At(10, false);
  EXPECT_FALSE(alert().keep_firing_since);
  engine.Set("load < 0.4", {Element(kSeries, 0.3)});
  EXPECT_EQ(At(20, false), "firing");
  EXPECT_EQ(alert().keep_firing_since, Seconds(20));
  EXPECT_EQ(At(39, false), "firing");
  EXPECT_EQ(At(40, false), "inactive");
}

TEST_F(AbsentAlertTest, ResolveExprThatFailsResolvesNothing) {
  Make(", resolve_expr: load < 0.4");
  Data(true);
  At(0, true);
  engine.answers["load < 0.4"] = [](Timestamp) { return Fail(ErrorCode::kTimeout, "query timed out"); };
  EXPECT_EQ(At(10, false), "resolve_expr: query timed out");
  EXPECT_EQ(alert().state, AlertState::kFiring);
}

TEST_F(AbsentAlertTest, APendingAlertDoesNotWaitForResolveExpr) {
  Make(", resolve_expr: load < 0.4, for: 1m");
  Data(true);
  At(0, true);
  EXPECT_EQ(At(10, false), "none");
}

TEST_F(AbsentAlertTest, NoDataResolvesByDefaultDespiteResolveExpr) {
  Make(", resolve_expr: load < 0.4");
  Data(true);
  At(0, true);
  At(5, false);
  Data(false);
  EXPECT_EQ(At(10, false), "inactive");
  EXPECT_EQ(alert().end_reason, model::EndReason::kVanished);
}

TEST_F(AbsentAlertTest, NoDataKeepLeavesAlertsAsTheyAre) {
  Make(", no_data: keep, for: 20s");
  Data(true);
  EXPECT_EQ(At(0, true), "pending");
  EXPECT_EQ(At(5, true), "pending");
  engine.answers["load"] = [](Timestamp at) -> Result<model::QueryResult> {
    model::Vector vector{Element(kOther, 0.5)};
    if (at == Seconds(5)) vector.push_back(Element(kSeries, 2));
    return model::QueryResult{vector, {}, {}, {}};
  };
  EXPECT_EQ(At(30, false), "pending") << "it does not go on to fire on no data";
  EXPECT_EQ(alert().hold, ActiveAlert::Hold::kNoData);
  EXPECT_EQ(At(40, true), "firing");
  EXPECT_EQ(alert().hold, ActiveAlert::Hold::kNone);
  engine.answers["load"] = [](Timestamp at) -> Result<model::QueryResult> {
    model::Vector vector;
    if (at == Seconds(40)) vector.push_back(Element(kSeries, 2));
    return model::QueryResult{vector, {}, {}, {}};
  };
  EXPECT_EQ(At(1000, false), "firing");
  Data(true);
  EXPECT_EQ(At(1010, false), "inactive") << "there are data again, and they are below";
  EXPECT_EQ(alert().end_reason, model::EndReason::kBelow);
}

TEST_F(AbsentAlertTest, NoDataAlertLetsAPendingAlertFire) {
  Make(", no_data: alert, for: 20s");
  engine.answers["load"] = [](Timestamp at) -> Result<model::QueryResult> {
    model::Vector vector;
    if (at == Seconds(0)) vector.push_back(Element(kSeries, 2));
    return model::QueryResult{vector, {}, {}, {}};
  };
  EXPECT_EQ(At(0, true), "pending");
  EXPECT_EQ(At(10, false), "pending");
  EXPECT_EQ(At(20, false), "firing");
}

TEST_F(AbsentAlertTest, AnAlertOfTheProcessBeforeWaitsForItsSeries) {
  Make(", for: 20s");
  Data(false);
  ActiveAlert kept;
  kept.state = AlertState::kFiring;
  kept.labels = model::Labels{{"alertname", "A"}, {"instance", "a"}};
  kept.source = model::Labels{{"instance", "a"}};
  kept.shared.emplace(1);
  kept.active_at = Seconds(10);
  kept.fired_at = Seconds(30);
  kept.last_sent_at = Seconds(50);
  rule->RestoreKept({kept});
  EXPECT_EQ(At(100, false, Seconds(400)), "firing");
  EXPECT_EQ(rule->TakeDue(Seconds(100), {}).size(), 1U) << "whoever got it then may not know it any more";
  EXPECT_EQ(At(200, true, Seconds(400)), "firing");
  EXPECT_EQ(alert().active_at, Seconds(10));
  EXPECT_EQ(At(210, false, Seconds(400)), "inactive") << "it was seen; from here on it is as any other";
}

TEST_F(AbsentAlertTest, AnAlertOfTheProcessBeforeEndsWhenItsSeriesDoNotComeBack) {
  Make("");
  Data(false);
  ActiveAlert kept;
  kept.state = AlertState::kFiring;
  kept.labels = model::Labels{{"alertname", "A"}, {"instance", "a"}};
  kept.source = model::Labels{{"instance", "a"}};
  kept.shared.emplace(1);
  rule->RestoreKept({kept});
  EXPECT_EQ(At(399, false, Seconds(400)), "firing");
  EXPECT_EQ(At(400, false, Seconds(400)), "inactive");
  EXPECT_EQ(alert().end_reason, model::EndReason::kVanished);
}

TEST(SeriesIndex, FindsTheSeriesThatHasMostOfAnAlertsLabels) {
  const SeriesIndex index({model::Labels{{"job", "x"}, {"instance", "a"}, {"mode", "idle"}},
                           model::Labels{{"job", "x"}}, model::Labels{{"other", "1"}}});
  EXPECT_EQ(index.Shared(model::Labels{{"instance", "a"}}), 1U);
  EXPECT_EQ(index.Shared(model::Labels{{"instance", "a"}, {"job", "x"}, {"team", "y"}}), 2U);
  EXPECT_EQ(index.Shared(model::Labels{{"instance", "b"}, {"job", "x"}}), 1U) << "of the threshold alone";
  EXPECT_EQ(index.Shared(model::Labels{{"instance", "b"}}), 0U) << "of what says nothing of instances";
  EXPECT_EQ(SeriesIndex({model::Labels{{"job", "x"}}}).Shared(model::Labels{{"job", "y"}}), std::nullopt);
}

TEST(NoData, OwnKeysAreRefusedInPlainFiles) {
  const FakeEngine engine;
  const auto read = [&](const std::string& rule, bool own) {
    RuleReadOptions options;
    options.own_keys = own;
    const auto groups =
        ReadRules("groups:\n- name: g\n  rules:\n  - " + rule + "\n", "r.yml", engine, options);
    return groups ? "good" : ToString(groups.error());
  };
  EXPECT_EQ(read("{alert: A, expr: e, no_data: keep, resolve_expr: f}", true), "good");
  EXPECT_EQ(
      read("{alert: A, expr: e, no_data: keep}", false),
      "r.yml:4:34: 'no_data' is not a key of Prometheus' format: give the file by --rules.file, and not in "
      "rule_files, to use it");
  EXPECT_EQ(read("{alert: A, expr: e, no_data: maybe}", true),
            "r.yml:4:34: no_data is resolve, keep or alert, not \"maybe\"");
  EXPECT_EQ(read("{record: r, expr: e, resolve_expr: f}", true),
            "r.yml:4:40: invalid field 'resolve_expr' in recording rule");
  EXPECT_EQ(read("{alert: A, expr: e, resolve_expr: f!}", true),
            "r.yml:4:40: could not parse expression: unexpected '!'");
}

}  // namespace
}  // namespace tocsin::rules
