#include "alerting/rules/rule_file.h"

#include <gtest/gtest.h>

#include "tests/alerting/rules/fakes.h"

namespace tocsin::rules {
namespace {

class RuleFileTest : public testing::Test {
 protected:
  std::string ErrorsOf(const std::string& text) {
    const auto groups = ReadRules(text, "r.yml", engine, {});
    return groups ? "no errors" : ToString(groups.error());
  }
  FakeEngine engine;
};

TEST_F(RuleFileTest, ReadsEveryKey) {
  const auto groups = ReadRules(R"(groups:
- name: g
  interval: 500ms
  query_offset: 30s
  limit: 5
  labels: {team: web, severity: low}
  rules:
  - alert: Down
    expr: up == 0
    for: 1m
    keep_firing_for: 2m
    labels: {severity: high}
    annotations: {summary: 'down: {{ $labels.instance }}'}
  - record: job:up:sum
    expr: sum(up)
    labels: {a: '{{ not a template }}'}
)",
                                "r.yml", engine, {});
  ASSERT_TRUE(groups) << ToString(groups.error());
  const GroupSpec& group = *groups->front();
  EXPECT_EQ(group.name, "g");
  EXPECT_EQ(group.file, "r.yml");
  EXPECT_EQ(group.interval, Duration(500));
  EXPECT_EQ(group.query_offset, Duration(30'000));
  EXPECT_EQ(group.limit, 5);
  ASSERT_EQ(group.rules.size(), 2U);
  const RuleSpec& alert = group.rules[0];
  EXPECT_EQ(alert.kind, RuleKind::kAlerting);
  EXPECT_EQ(alert.query->text(), "up == 0");
  EXPECT_EQ(alert.hold_for, Duration(60'000));
  EXPECT_EQ(alert.keep_firing_for, Duration(120'000));
  EXPECT_EQ(alert.labels.ToString(), "{severity=\"high\", team=\"web\"}");
  EXPECT_EQ(alert.annotations, (WrittenLabels{{"summary", "down: {{ $labels.instance }}"}}));
  EXPECT_EQ(alert.position.line, 8);
  EXPECT_EQ(group.rules[1].kind, RuleKind::kRecording);
  EXPECT_EQ(group.rules[1].labels.Get("a"), "{{ not a template }}");
}

TEST_F(RuleFileTest, DefaultsComeFromTheOptions) {
  RuleReadOptions options;
  options.default_interval = Duration(15'000);
  options.default_query_offset = Duration(1000);
  const auto groups = ReadRules("groups: [{name: g, interval: 0s}]", "r.yml", engine, options);
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->front()->interval, Duration(15'000));
  EXPECT_EQ(groups->front()->query_offset, Duration(1000));
}

TEST_F(RuleFileTest, AnEmptyFileHasNoGroups) { EXPECT_EQ(ErrorsOf(""), "no errors"); }

TEST_F(RuleFileTest, ReadsListsAndDocumentsAsPrometheusDoes) {
  const auto groups =
      ReadRules("groups:\n-\n- name: g\n  rules: [null, {record: a, expr: b}]\n---\nanother: document\n",
                "r.yml", engine, {});
  ASSERT_TRUE(groups) << ToString(groups.error());
  ASSERT_EQ(groups->size(), 1U);
  EXPECT_EQ(groups->front()->rules.size(), 1U);
}

TEST_F(RuleFileTest, UnknownKeysArePassedOverWhereThatIsAsked) {
  const std::string text =
      "foo: 1\ngroups:\n- name: g\n  bar: 2\n  rules: [{alert: a, expr: b, no_data: keep, baz: {}}]\n";
  EXPECT_EQ(
      ErrorsOf(text),
      "r.yml:1:1: unknown key \"foo\"\nr.yml:4:3: unknown key \"bar\"\n"
      "r.yml:5:40: 'no_data' is not a key of Prometheus' format: give the file by --rules.file, and not in "
      "rule_files, to use it\nr.yml:5:46: unknown key \"baz\"");
  RuleReadOptions options;
  options.ignore_unknown = true;
  const auto groups = ReadRules(text, "r.yml", engine, options);
  ASSERT_TRUE(groups) << ToString(groups.error());
  EXPECT_EQ(groups->front()->rules[0].no_data, NoData::kResolve);
}

TEST_F(RuleFileTest, AGroupsLabelThatIsNoTemplateSaysSoInTheAlert) {
  const auto groups =
      ReadRules("groups:\n- name: g\n  labels: {a: '{{ nope }}'}\n  rules: [{alert: A, expr: up}]\n", "r.yml",
                engine, {});
  ASSERT_TRUE(groups) << ToString(groups.error());
  const auto& label = groups->front()->rules[0].label_templates.at(0);
  const auto text = label.value.Expand(AlertTemplateData({}, 1, *groups->front()->scope));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message(),
            "error parsing template __alert_A: template: __alert_A:1: function \"nope\" not defined");
}

TEST_F(RuleFileTest, ExpressionErrorsHaveTheirPlaceInTheFile) {
  EXPECT_EQ(ErrorsOf("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      up\n      == !\n"),
            "r.yml:7:10: could not parse expression: unexpected '!'");
}

TEST_F(RuleFileTest, TemplateErrorsHaveTheirPlaceInTheFile) {
  EXPECT_EQ(ErrorsOf("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    annotations:\n"
                     "      summary: 'x {{ nope }}'\n"),
            "r.yml:7:22: annotation \"summary\": template: function \"nope\" not defined");
}

TEST_F(RuleFileTest, ReportsAllFaultsInTheirOrder) {
  EXPECT_EQ(ErrorsOf(R"(groups:
- name: g
  rules:
  - alert: A
    record: b
    expr: up
  - expr: up
  - record: x
  - record: "{x}"
    expr: up
    for: 1m
    keep_firing_for: 1m
    annotations: {a: b}
  - alert: B
    expr: up
    labels: {__name__: x}
    annotations: {"": y}
- name: g
- rules: []
)"),
            "r.yml:5:13: only one of 'record' and 'alert' must be set\n"
            "r.yml:7:5: one of 'record' or 'alert' must be set\n"
            "r.yml:8:5: field 'expr' must be set in rule\n"
            "r.yml:9:13: braces present in the recording rule name; should it be in expr?: {x}\n"
            "r.yml:11:10: invalid field 'for' in recording rule\n"
            "r.yml:12:22: invalid field 'keep_firing_for' in recording rule\n"
            "r.yml:13:18: invalid field 'annotations' in recording rule\n"
            "r.yml:16:14: invalid label name: __name__\n"
            "r.yml:17:19: invalid annotation name: \n"
            "r.yml:18:9: group name \"g\" is repeated in the same file\n"
            "r.yml:19:3: group name must not be empty");
}

TEST_F(RuleFileTest, UnknownKeysAndWrongTypesAreErrors) {
  EXPECT_NE(ErrorsOf("groups:\n- name: g\n  intervall: 1m\n").find("r.yml:3:3: "), std::string::npos);
  EXPECT_NE(ErrorsOf("groups:\n- name: g\n  interval: 5x\n").find("r.yml:3:13: "), std::string::npos);
  EXPECT_NE(ErrorsOf("groups:\n- name: g\n  rules: 5\n").find("r.yml:3:10: "), std::string::npos);
  EXPECT_NE(ErrorsOf("- a\n").find("r.yml:1:1: "), std::string::npos);
  EXPECT_NE(ErrorsOf("groups: [{name: g, rules: [{alert: A, expr: up, severity: x}]}]").find("severity"),
            std::string::npos);
}

TEST_F(RuleFileTest, MissingFilesAreReportedWithTheOthersFaults) {
  const auto groups = ReadRuleFiles({"/nonexistent/r.yml"}, engine, {});
  ASSERT_FALSE(groups);
  EXPECT_EQ(groups.error()[0].code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tocsin::rules
