#include "alerting/rules/alerting_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/rules/rule_file.h"
#include "tests/alerting/rules/fakes.h"

namespace tocsin::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const model::Labels kInstance{{"__name__", "up"}, {"instance", "a"}};

class AlertingRuleTest : public testing::Test {
 protected:
  // `keys` are the rule's besides alert and expr.
  AlertingRule& Make(const std::string& keys, const model::Labels& external = {}) {
    RuleReadOptions options;
    options.external_labels = external;
    options.external_url = "http://tocsin";
    const auto groups = ReadRules("groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0" + keys + "}\n",
                                  "r.yml", engine, options);
    EXPECT_TRUE(groups) << ToString(groups.error());
    spec = groups->front();
    rule.emplace(spec->rules[0], *spec->scope, Logger());
    return *rule;
  }

  // Evaluates at a second with the condition there or not, and tells the alert's state.
  std::string At(int64_t second, bool holds, double value = 0) {
    const auto result = rule->Evaluate(holds ? model::Vector{Element(kInstance, value)} : model::Vector{},
                                       {.at = Seconds(second), .limit = limit});
    if (!result) return result.error().message();
    samples = *result;
    if (rule->alerts().empty()) return "none";
    return std::string(AlertStateName(rule->alerts().begin()->second.state));
  }
  const ActiveAlert& alert() const { return rule->alerts().begin()->second; }

  FakeEngine engine;
  std::shared_ptr<const GroupSpec> spec;
  std::optional<AlertingRule> rule;
  model::Vector samples;
  int64_t limit = 0;
  SendPolicy policy{Duration(60'000), Duration(15'000)};
};

TEST_F(AlertingRuleTest, FiresAtOnceWithoutFor) {
  Make("");
  EXPECT_EQ(At(0, true), "firing");
  EXPECT_EQ(alert().fired_at, Seconds(0));
}

TEST_F(AlertingRuleTest, StaysPendingUntilForElapses) {
  Make(", for: 30s");
  EXPECT_EQ(At(0, true), "pending");
  EXPECT_EQ(At(29, true), "pending");
  EXPECT_EQ(At(30, true), "firing");
  EXPECT_EQ(alert().active_at, Seconds(0));
  EXPECT_EQ(alert().fired_at, Seconds(30));
}

TEST_F(AlertingRuleTest, APendingAlertWhoseConditionGoesIsForgotten) {
  Make(", for: 30s");
  At(0, true);
  EXPECT_EQ(At(15, false), "none");
  EXPECT_EQ(At(30, true), "pending");
  EXPECT_EQ(alert().active_at, Seconds(30));
}

TEST_F(AlertingRuleTest, AFiringAlertResolvesAndIsKeptFifteenMinutes) {
  Make("");
  At(0, true);
  EXPECT_EQ(At(15, false), "inactive");
  EXPECT_EQ(alert().resolved_at, Seconds(15));
  EXPECT_THAT(samples, IsEmpty());
  EXPECT_EQ(At(15 + 900, false), "inactive");
  EXPECT_EQ(At(15 + 901, false), "none");
}

TEST_F(AlertingRuleTest, AResolvedAlertThatComesBackIsANewOne) {
  Make(", for: 10s");
  At(0, true);
  At(10, true);
  At(20, false);
  EXPECT_EQ(At(30, true), "pending");
  EXPECT_EQ(alert().active_at, Seconds(30));
  EXPECT_FALSE(alert().resolved_at);
}

TEST_F(AlertingRuleTest, KeepFiringForHoldsAndIsResetByTheCondition) {
  Make(", keep_firing_for: 30s");
  At(0, true);
  EXPECT_EQ(At(10, false), "firing");
  EXPECT_EQ(At(39, false), "firing");
  EXPECT_EQ(At(39, true), "firing");
  EXPECT_FALSE(alert().keep_firing_since);
  EXPECT_EQ(At(50, false), "firing");
  EXPECT_EQ(At(80, false), "inactive");
  EXPECT_EQ(alert().resolved_at, Seconds(80));
}

TEST_F(AlertingRuleTest, WritesStateAndStartAsSamples) {
  Make(", for: 30s, labels: {severity: page}");
  At(7, true);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].labels.ToString(),
            "ALERTS{alertname=\"A\", alertstate=\"pending\", instance=\"a\", severity=\"page\"}");
  EXPECT_EQ(std::get<double>(samples[0].value), 1);
  EXPECT_EQ(samples[1].labels.ToString(),
            "ALERTS_FOR_STATE{alertname=\"A\", instance=\"a\", severity=\"page\"}");
  EXPECT_EQ(std::get<double>(samples[1].value), 7);
}

TEST_F(AlertingRuleTest, RefreshesValueAndAnnotationsButNotLabels) {
  Make(", annotations: {summary: 'at {{ $value }}'}");
  At(0, true, 1);
  At(15, true, 2.5);
  EXPECT_EQ(alert().value, 2.5);
  EXPECT_EQ(alert().annotations.Get("summary"), "at 2.5");
  EXPECT_EQ(alert().active_at, Seconds(0));
}

TEST_F(AlertingRuleTest, TheValueAtResolutionIsTheLastSeen) {
  Make("");
  At(0, true, 7);
  At(15, false);
  EXPECT_EQ(alert().value, 7);
}

TEST_F(AlertingRuleTest, TemplatesInLabelsSeeTheMetricsName) {
  Make(", labels: {what: '{{ $labels.__name__ }}', instance: '{{ $labels.instance | toUpper }}', empty: ''}");
  At(0, true);
  EXPECT_EQ(alert().labels.ToString(), "{alertname=\"A\", instance=\"A\", what=\"up\"}");
}

TEST_F(AlertingRuleTest, AFailingTemplateSaysSoInItsPlace) {
  Make(", annotations: {a: '{{ .Nope }}', b: fine}");
  EXPECT_EQ(At(0, true), "firing");
  EXPECT_THAT(std::string(alert().annotations.Get("a")),
              testing::StartsWith("<error expanding template: error"));
  EXPECT_EQ(alert().annotations.Get("b"), "fine");
}

TEST_F(AlertingRuleTest, EqualLabelSetsAreAnErrorAndKeepTheStates) {
  Make(", labels: {instance: same}");
  At(0, true);
  const auto result = rule->Evaluate(
      {Element(model::Labels{{"instance", "a"}}, 1), Element(model::Labels{{"instance", "b"}}, 1)},
      {.at = Seconds(1)});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(),
            "vector contains metrics with the same labelset after applying alert labels");
  EXPECT_EQ(alert().state, AlertState::kFiring);
}

TEST_F(AlertingRuleTest, OverTheLimitEverythingIsForgotten) {
  Make("");
  limit = 1;
  EXPECT_EQ(At(0, true), "firing");
  const auto result = rule->Evaluate(
      {Element(model::Labels{{"instance", "a"}}, 1), Element(model::Labels{{"instance", "b"}}, 1)},
      {.at = Seconds(1), .limit = 1});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "exceeded limit of 1 with 2 alerts");
  EXPECT_THAT(rule->alerts(), IsEmpty());
}

TEST_F(AlertingRuleTest, ALongerForAfterAReloadMakesAFiringAlertPendingAgain) {
  Make("");
  At(0, true);
  const AlertingRule::Alerts states = rule->alerts();
  Make(", for: 1m").Restore(states);
  EXPECT_EQ(At(30, true), "pending");
  EXPECT_EQ(At(60, true), "firing");
  EXPECT_EQ(alert().fired_at, Seconds(60));
}

TEST_F(AlertingRuleTest, SendsWhenItFiresAndAgainAfterTheResendDelay) {
  Make("");
  At(0, true);
  const auto first = rule->TakeDue(Seconds(0), policy);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0]->starts_at, Seconds(0));
  EXPECT_EQ(first[0]->ends_at, Seconds(240));  // four times the longer of resend delay and interval
  EXPECT_EQ(first[0]->generator_url, "http://tocsin/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
  At(60, true);
  EXPECT_THAT(rule->TakeDue(Seconds(60), policy), IsEmpty());
  At(61, true);
  EXPECT_EQ(rule->TakeDue(Seconds(61), policy).size(), 1U);
}

TEST_F(AlertingRuleTest, ALongIntervalStretchesTheTrust) {
  Make("");
  At(0, true);
  policy.interval = Duration(300'000);
  EXPECT_EQ(rule->TakeDue(Seconds(0), policy)[0]->ends_at, Seconds(1200));
}

TEST_F(AlertingRuleTest, SendsNothingWhilePending) {
  Make(", for: 1m");
  At(0, true);
  EXPECT_THAT(rule->TakeDue(Seconds(0), policy), IsEmpty());
}

TEST_F(AlertingRuleTest, SendsTheResolutionAtOnceAndThenRepeatsIt) {
  Make("");
  At(0, true);
  rule->TakeDue(Seconds(0), policy);
  At(15, false);
  const auto resolved = rule->TakeDue(Seconds(15), policy);
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(resolved[0]->ends_at, Seconds(15));
  EXPECT_TRUE(resolved[0]->ResolvedAt(Seconds(15)));
  EXPECT_THAT(rule->TakeDue(Seconds(30), policy), IsEmpty());
  EXPECT_EQ(rule->TakeDue(Seconds(90), policy).size(), 1U);
}

TEST_F(AlertingRuleTest, SentAlertsCarryExternalLabelsThatTheyLack) {
  Make("", model::Labels{{"region", "eu"}, {"instance", "ignored"}});
  At(0, true);
  EXPECT_EQ(rule->TakeDue(Seconds(0), policy)[0]->labels.ToString(),
            "{alertname=\"A\", instance=\"a\", region=\"eu\"}");
  EXPECT_EQ(alert().labels.ToString(), "{alertname=\"A\", instance=\"a\"}");
}

}  // namespace
}  // namespace tocsin::rules
