#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/commands/backtest_output.h"
#include "alerting/commands/backtest_run.h"
#include "alerting/commands/lint.h"
#include "alerting/commands/rule_test.h"
#include "alerting/commands/series_notation.h"
#include "alerting/commands/test_rules.h"
#include "alerting/rules/rule_file.h"
#include "tests/alerting/app/folder.h"

namespace tocsin::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Values(const std::string& text) {
  const auto values = ParseSeriesValues(text);
  if (!values) {
    return std::to_string(values.error().position().column) + ": " + values.error().message();
  }
  std::ostringstream out;
  for (const auto& value : *values) {
    if (!value) {
      out << "_ ";
    } else if (model::IsStaleNan(*value)) {
      out << "stale ";
    } else {
      out << *value << " ";
    }
  }
  return out.str();
}

TEST(SeriesNotation, ReadsWhatPromtoolReads) {
  EXPECT_EQ(Values("1 2.5 -3 +4 1e3"), "1 2.5 -3 4 1000 ");
  EXPECT_EQ(Values("1+2x3"), "1 3 5 7 ");
  EXPECT_EQ(Values("1-2x2 7x1"), "1 -1 -3 7 7 ");
  EXPECT_EQ(Values("_ _x2 stale 5"), "_ _ _ stale 5 ");
  EXPECT_EQ(Values("Inf -Inf NaN"), "inf -inf nan ");
  EXPECT_EQ(Values(""), "");
  EXPECT_EQ(Values("1 2\n"), "1 2 ");
  EXPECT_EQ(Values("1_0x1 1.5_0 2e1_0"), "10 10 1.5 2e+10 ");
  EXPECT_EQ(Values("010 -010x1 08 0_7 00 0.5"), "8 -8 -8 8 7 0 0.5 ") << "octal, as in Go";
}

TEST(SeriesNotation, SaysWhereItStopsUnderstanding) {
  EXPECT_THAT(Values("1 foo"), HasSubstr("3: unexpected \"foo\" in series values"));
  EXPECT_THAT(Values("Infx2"), HasSubstr("1: unexpected \"Infx\""));
  EXPECT_THAT(Values("1+NaNx2"), HasSubstr("3: unexpected \"NaNx\""));
  EXPECT_THAT(Values("1__0"), HasSubstr("2: unexpected \"_\""));
  EXPECT_THAT(Values("1\n2"), HasSubstr("2: unexpected"));
  EXPECT_THAT(Values("1 \xD9\xA3"), HasSubstr("unexpected \"\xD9\xA3\""));
  EXPECT_THAT(Values("1x"), HasSubstr("3: unexpected end of series values"));
  EXPECT_THAT(Values("1+x3"), HasSubstr("3: unexpected \"x\""));
  EXPECT_THAT(Values("stalex2"), HasSubstr("6: unexpected \"x\""));
  EXPECT_THAT(Values("{{schema:0}}"), HasSubstr("1: native histograms are not supported"));
  EXPECT_THAT(Values("1x99999999"), HasSubstr("more than 1000000 values"));
}

constexpr const char* kRules = R"(groups:
- name: g
  rules:
  - {record: doubled, expr: up * 2}
  - {alert: Down, expr: up == 0, for: 1m, labels: {severity: page}, annotations: {summary: 'v {{ $value }}'}}
)";

/// What differs when `tests` run over kRules.
std::vector<std::string> Failures(const Folder& folder, const std::string& tests) {
  folder.Write("rules.yml", kRules);
  const auto file = ReadRuleTestFile(folder.Write("test.yml", "rule_files: [rules.yml]\ntests:\n" + tests));
  if (!file) return {ToString(file.error())};
  std::vector<std::string> lines;
  for (const TestGroup& test : file->tests) {
    for (const TestFailure& failure : RunTestGroup(*file, test, {})) {
      lines.push_back(failure.what);
      lines.insert(lines.end(), failure.lines.begin(), failure.lines.end());
    }
  }
  return lines;
}

TEST(RuleTest, PassesWhenAllIsAsExpected) {
  const Folder folder;
  EXPECT_THAT(Failures(folder, R"(- input_series: [{series: 'up{job="a"}', values: 0x5}]
  alert_rule_test:
  - {eval_time: 30s, alertname: Down, exp_alerts: []}
  - {eval_time: 1m, alertname: Down, exp_alerts: [{exp_labels: {severity: page, job: a}, exp_annotations: {summary: v 0}}]}
  promql_expr_test: [{expr: doubled, eval_time: 2m, exp_samples: [{labels: 'doubled{job="a"}', value: 0}]}]
)"),
              IsEmpty());
}

TEST(RuleTest, ShowsHowTheNearestAlertDiffers) {
  const Folder folder;
  EXPECT_THAT(
      Failures(folder, R"(- input_series: [{series: 'up{job="a"}', values: 0x5}]
  alert_rule_test:
  - {eval_time: 2m, alertname: Down, exp_alerts: [{exp_labels: {severity: ticket, job: a}, exp_annotations: {summary: v 0}}]}
)"),
      ElementsAre("alertname: Down, time: 2m",
                  "  - expected labels {alertname=\"Down\", job=\"a\", severity=\"ticket\"}, annotations "
                  "{summary=\"v 0\"}",
                  "  + got      labels {alertname=\"Down\", job=\"a\", severity=\"page\"}, annotations "
                  "{summary=\"v 0\"}",
                  "    label severity: expected \"ticket\", got \"page\""));
}

TEST(RuleTest, ShowsSamplesOfBothSides) {
  const Folder folder;
  EXPECT_THAT(
      Failures(folder, R"(- input_series: [{series: up, values: 1 2 3}]
  promql_expr_test: [{expr: up, eval_time: 2m, exp_samples: [{labels: up, value: 4}, {labels: down, value: 1}]}]
)"),
      ElementsAre("expr: \"up\", time: 2m", "  - expected down 1", "  - expected up 4", "  + got      up 3"));
}

TEST(RuleTest, GoesOnBehindWhatDiffers) {
  const Folder folder;
  EXPECT_THAT(Failures(folder,
                       "- interval: 1m\n  input_series: [{series: up, values: '0 0 0'}]\n"
                       "  alert_rule_test:\n"
                       "  - {eval_time: 0s, alertname: Down, exp_alerts: [{exp_labels: {severity: page}}]}\n"
                       "  - {eval_time: 1m, alertname: Down, exp_alerts: []}\n"
                       "  promql_expr_test: [{expr: up, eval_time: 2m, exp_samples: []}]\n"),
              ::testing::IsSupersetOf(
                  {"alertname: Down, time: 0s", "alertname: Down, time: 1m", "expr: \"up\", time: 2m"}));
}

TEST(TestRules, PassesOverUnknownFieldsOfRuleFilesWhereThatIsAsked) {
  const Folder folder;
  folder.Write("rules.yml", "groups: [{name: g, owner: us}]\n");
  const std::string test = folder.Write("test.yml", "rule_files: [rules.yml]\ntests: [{name: a}]\n");
  const std::string odd = folder.Write("odd.yml", "rule_files: [rules.yml]\ntests: [{name: a, owner: us}]\n");
  EXPECT_EQ(TestRules({.files = {test}, .run = {}, .junit = ""}), 1);
  EXPECT_EQ(TestRules({.files = {test}, .run = {}, .junit = "", .ignore_unknown_fields = true}), 0);
  EXPECT_EQ(TestRules({.files = {odd}, .run = {}, .junit = "", .ignore_unknown_fields = true}), 1);
}

TEST(TestRules, WritesJunit) {
  const Folder folder;
  folder.Write("rules.yml", kRules);
  const std::string good = folder.Write("good.yml", "rule_files: [rules.yml]\ntests: [{name: fine}]\n");
  const std::string bad = folder.Write("bad.yml",
                                       "rule_files: [rules.yml]\ntests:\n- name: a < b\n  promql_expr_test: "
                                       "[{expr: nothing, exp_samples: [{value: 1}]}]\n");
  const std::string junit = folder.Path("junit.xml");
  EXPECT_EQ(TestRules({.files = {good, bad}, .run = {}, .junit = junit}), 1);
  std::ifstream in(junit);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("<testcase name=\"fine\"/>"));
  EXPECT_THAT(text, HasSubstr("tests=\"1\" failures=\"1\""));
  EXPECT_THAT(text, HasSubstr("<testcase name=\"a &lt; b\">"));
  EXPECT_EQ(TestRules({.files = {good, bad}, .run = {"fi.e"}, .junit = ""}), 0) << "the other one is not run";
}

TEST(Lint, WhatTheRulesRecordIsNotAskedFor) {
  const store::Store store;
  const SystemClock clock;
  const promql::Engine engine(store, clock);
  const auto groups = rules::ReadRules(
      "groups: [{name: g, rules: [{record: x.y, expr: vector(1)}, {record: x:y, expr: vector(1)}, "
      "{alert: A, expr: '{\"x.y\"} > 1 or {\"x.y\",a=\"b\"} or x:y{a=\"b\"} or x:y'}]}]",
      "r.yml", engine, {});
  ASSERT_TRUE(groups) << ToString(groups.error());
  // Nobody is there to ask.
  EXPECT_THAT(Lint(*groups, *LintChecks::Parse("empty-selectors"), "http://127.0.0.1:1"), IsEmpty());
}

std::vector<std::string> Findings(const std::string& rules, const std::string& lint) {
  const store::Store store;
  const SystemClock clock;
  const promql::Engine engine(store, clock);
  const auto groups = rules::ReadRules("groups:\n- name: g\n  rules:\n" + rules, "r.yml", engine, {});
  EXPECT_TRUE(groups) << ToString(groups.error());
  std::vector<std::string> findings;
  for (const Error& error : Lint(*groups, *LintChecks::Parse(lint), std::nullopt)) {
    findings.push_back(error.ToString());
  }
  return findings;
}

TEST(Lint, FindsWhatIsProbablyNotMeant) {
  const std::string rules =
      "  - {alert: A, expr: up == 0, labels: {v: '{{ $value }}'}}\n"
      "  - {alert: A, expr: up==0, labels: {v: '{{ $value }}'}, for: 1m, annotations: {runbook_url: x}}\n";
  EXPECT_THAT(Findings(rules, "none"), IsEmpty());
  EXPECT_THAT(Findings(rules, "duplicate-rules"),
              ElementsAre("r.yml:5:5: A has the name, expression and labels of the rule at r.yml:4:5"));
  EXPECT_THAT(Findings(rules, "missing-for"),
              ElementsAre("r.yml:4:5: A has no for: a single evaluation makes it fire"));
  EXPECT_THAT(Findings(rules, "missing-runbook"),
              ElementsAre(HasSubstr("r.yml:4:5: A has no annotation runbook_url")));
  EXPECT_THAT(Findings(rules, "value-in-labels"),
              ElementsAre(HasSubstr("r.yml:4:5: A: label v has the value in it"),
                          HasSubstr("r.yml:5:5: A: label v")));
  EXPECT_EQ(Findings(rules, "all").size(), 5U);
  EXPECT_THAT(LintChecks::Parse("nosuch").error().message(),
              HasSubstr("there is no check \"nosuch\"; there are all"));
}

class NoOne final : public model::AlertSink {
 public:
  void Receive(std::span<const model::AlertPtr>) override {}
};

TEST(Backtest, TellsWhenAlertsWouldHavePendedFiredAndEnded) {
  store::Store store;
  const SystemClock clock;
  const promql::Engine engine(store, clock);
  const auto second = [](int64_t s) { return Timestamp::FromMillis(s * 1000); };
  const auto appender = store.MakeAppender();
  for (int64_t s = 0; s <= 600; s += 10) {
    const bool high = s >= 100 && s < 300;
    ASSERT_TRUE(
        appender->Append(0, model::Labels{{"__name__", "load"}, {"host", "a"}}, second(s), high ? 5.0 : 1.0));
  }
  ASSERT_TRUE(appender->Commit());
  const auto groups = rules::ReadRules(
      "groups:\n- name: g\n  interval: 10s\n  rules:\n  - {record: l, expr: load * 2}\n"
      "  - {alert: High, expr: l > 6, for: 1m}\n",
      "r.yml", engine, {});
  ASSERT_TRUE(groups);
  NoOne sink;
  const BacktestResult result = RunBacktest(*groups, store, sink, second(0), second(600), [](Timestamp) {});
  ASSERT_EQ(result.episodes.size(), 1U);
  const Episode& episode = result.episodes[0];
  EXPECT_EQ(episode.labels.ToString(), "{alertname=\"High\", host=\"a\"}");
  // Slots are ten seconds apart, wherever they begin.
  EXPECT_GE(episode.active_at, second(100));
  EXPECT_LT(episode.active_at, second(110));
  EXPECT_EQ(*episode.fired_at, episode.active_at + Duration(60'000));
  EXPECT_GE(*episode.ended_at, second(300));
  EXPECT_LT(*episode.ended_at, second(310));
  EXPECT_EQ(episode.end_reason, model::EndReason::kBelow);
  EXPECT_EQ(episode.value, 10);
  EXPECT_THAT(BacktestTable(result), HasSubstr("below   10     {alertname=\"High\", host=\"a\"}"));
  EXPECT_THAT(BacktestTimeline(result, second(0), second(600)), HasSubstr("----####"));
  EXPECT_THAT(BacktestJson(result), HasSubstr("\"endReason\":\"below\",\"value\":\"10\""));
}

}  // namespace
}  // namespace tocsin::app
