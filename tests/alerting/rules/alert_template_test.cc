#include "alerting/rules/alert_template.h"

#include <gtest/gtest.h>

#include "tests/alerting/rules/fakes.h"

namespace tocsin::rules {
namespace {

class AlertTemplateTest : public testing::Test {
 protected:
  std::string Expand(const std::string& text) {
    const auto parsed = AlertTemplate::Parse("A", text, scope);
    if (!parsed) return "parse: " + parsed.error().ToString();
    const auto expanded = parsed->Expand(
        AlertTemplateData(model::Labels{{"instance", "a:80"}, {"job", "j"}}, 1'000'000, scope));
    return expanded ? *expanded : expanded.error().message();
  }

  FakeEngine engine;
  TemplateScope scope{engine, model::Labels{{"region", "eu"}}, "http://tocsin/x"};
};

TEST_F(AlertTemplateTest, KnowsPrometheusVariables) {
  EXPECT_EQ(Expand("{{ $labels.instance }} {{ $value }} {{ $externalLabels.region }} {{ $externalURL }}"),
            "a:80 1e+06 eu http://tocsin/x");
  EXPECT_EQ(
      Expand("{{ .Labels.job }} {{ .Value | humanize }} {{ .ExternalLabels.region }} {{ .ExternalURL }}"),
      "j 1M eu http://tocsin/x");
}

TEST_F(AlertTemplateTest, TextWithoutActionsStaysAsItIs) { EXPECT_EQ(Expand("50% } of {"), "50% } of {"); }
TEST_F(AlertTemplateTest, MissingLabelsPrintNothing) { EXPECT_EQ(Expand("[{{ $labels.nope }}]"), "[]"); }

TEST_F(AlertTemplateTest, ErrorsReadAsPrometheusDoes) {
  // What promtool 3.5 printed for the same text.
  EXPECT_EQ(
      Expand("{{ .Foo }}"),
      "error executing template __alert_A: template: __alert_A:1:115: executing \"__alert_A\" at <.Foo>: "
      "can't evaluate field Foo in type struct { Labels map[string]string; ExternalLabels "
      "map[string]string; ExternalURL string; Value interface {} }");
  EXPECT_EQ(
      Expand("{{ if eq $value 1 }}y{{ end }}"),
      "error executing template __alert_A: template: __alert_A:1:118: executing \"__alert_A\" at <eq $value "
      "1>: error calling eq: incompatible types for comparison: float64 and int");
}

TEST_F(AlertTemplateTest, SyntaxErrorsHaveTheirPlaceInTheText) {
  EXPECT_EQ(Expand("{{ nope }}"), "parse: 1:4: function \"nope\" not defined");
  EXPECT_EQ(Expand("a\n{{ $x }}"), "parse: 2:4: undefined variable \"$x\"");
}

TEST_F(AlertTemplateTest, KnowsWhatATextDependsOn) {
  const auto inputs = [&](const std::string& text) {
    return AlertTemplate::Parse("A", text, scope)->inputs();
  };
  EXPECT_EQ(inputs("the value of {{ $labels.job }}"), TemplateInputs::kLabels);
  EXPECT_EQ(inputs("{{ $labels.job }} {{ $value }}"), TemplateInputs::kValue);
  EXPECT_EQ(inputs("{{ printf `{{}} %v` $value }}"), TemplateInputs::kValue);
  EXPECT_EQ(inputs("{{ printf \"\\\"}} %v\" $value }}"), TemplateInputs::kValue);
  EXPECT_EQ(inputs("{{ printf \"}} %v\" . }}"), TemplateInputs::kValue);
  EXPECT_EQ(inputs("{{ now }}"), TemplateInputs::kAny);
}

TEST_F(AlertTemplateTest, QueriesAskTheEngineAtTheEvaluationsTime) {
  engine.Set("m", {Element(model::Labels{{"__name__", "m"}, {"job", "j"}}, 3)});
  scope.MoveTo(Seconds(120), {});
  EXPECT_EQ(Expand("{{ range query \"m\" }}{{ .Labels.job }}={{ .Value }}{{ end }}"), "j=3");
  ASSERT_EQ(engine.asked.size(), 1U);
  EXPECT_EQ(engine.asked[0].second, Seconds(120));
}

}  // namespace
}  // namespace tocsin::rules
