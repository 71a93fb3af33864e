#include "alerting/template/template.h"

#include <gtest/gtest.h>

namespace tocsin::templating {
namespace {

class Box final : public Object {
 public:
  std::string TypeName() const override { return "test.Box"; }
  std::optional<Value> Field(std::string_view name) const override {
    if (name == "Name") return Value("box");
    return std::nullopt;
  }
  std::optional<Result<Value>> Call(std::string_view method, std::span<const Value> args) const override {
    if (method == "Twice") {
      if (args.size() != 1)
        return Fail(ErrorCode::kInvalidArgument, "wrong number of args for Twice: want 1 got 0");
      return Value(*args[0].As<int64_t>() * 2);
    }
    if (method == "Fails") return Fail(ErrorCode::kInvalidArgument, "out of order");
    return std::nullopt;
  }
  const Map* AsMap() const override { return &map_; }
  Element element() const override { return Element::kString; }

 private:
  Map map_{{"key", "value"}, {"Name", "hidden by the field"}};
};

class TemplateTest : public testing::Test {
 protected:
  std::string Run(const std::string& text, const ExecuteLimits& limits = {}) {
    const auto out = TemplateSet(FunctionTable{}).ExecuteText(text, data, limits);
    return out ? *out : out.error().ToString();
  }
  Value data = Map{{"Labels", Value(Map{{"b", "2"}, {"a", "1"}}, Element::kString)},
                   {"Value", 1e6},
                   {"List", List{"x", "y", "z"}},
                   {"Box", std::make_shared<Box>()},
                   {"Empty", List{}},
                   {"Nil", Value()}};
};

TEST_F(TemplateTest, PrintsFieldsVariablesAndConstants) {
  EXPECT_EQ(Run("{{ .Value }} {{ .Labels.a }} {{ $ | len }} {{ 1.5 }} {{ `r\\n` }} {{ 'a' }} {{ $x := 7 }}{{ "
                "$x }}"),
            "1e+06 1 6 1.5 r\\n 97 7");
}

TEST_F(TemplateTest, MissingKeysOfStringMapsAreEmptyOthersNoValue) {
  EXPECT_EQ(Run("[{{ .Labels.nope }}] [{{ .nope }}] [{{ .nope.deeper }}]"),
            "1:45: executing \"\" at <.nope.deeper>: nil pointer evaluating interface {}.deeper");
  EXPECT_EQ(Run("[{{ .Labels.nope }}] [{{ .nope }}] [{{ .Nil }}]"), "[] [<no value>] [<no value>]");
}

TEST_F(TemplateTest, TrimMarkersEatSpace) {
  EXPECT_EQ(Run("a  {{- 1 -}}  b {{/* gone */ -}}\n c {{- /* gone */ -}} d"), "a1b cd");
}

TEST_F(TemplateTest, IfElseWith) {
  EXPECT_EQ(Run("{{ if .Empty }}a{{ else if .List }}b{{ else }}c{{ end }}"), "b");
  EXPECT_EQ(Run("{{ with .Labels.nope }}a{{ else with .Labels.a }}[{{ . }}]{{ end }}{{ with $y := 5 }}{{ $y "
                "}}{{ end }}"),
            "[1]5");
}

TEST_F(TemplateTest, RangesOverListsMapsAndNumbers) {
  EXPECT_EQ(Run("{{ range $i, $e := .List }}{{ $i }}{{ $e }}{{ end }}"), "0x1y2z");
  EXPECT_EQ(Run("{{ range $k, $v := .Labels }}{{ $k }}={{ $v }};{{ end }}"), "a=1;b=2;");
  EXPECT_EQ(Run("{{ range 3 }}{{ . }}{{ end }}{{ range .Empty }}x{{ else }}none{{ end }}{{ range .Nil }}x{{ "
                "end }}"),
            "012none");
  EXPECT_EQ(Run("{{ range .List }}{{ if eq . \"y\" }}{{ continue }}{{ end }}{{ . }}{{ if eq . \"z\" }}{{ "
                "break }}{{ end }}{{ end }}"),
            "xz");
  EXPECT_EQ(Run("{{ range .Value }}{{ end }}"),
            "1:10: executing \"\" at <.Value>: range can't iterate over 1e+06");
}

TEST_F(TemplateTest, AssignmentReachesTheOuterVariable) {
  EXPECT_EQ(Run("{{ $n := 0 }}{{ range $i, $_ := .List }}{{ $n = $i }}{{ end }}{{ $n }}"), "2");
  EXPECT_EQ(Run("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}"), "21");
}

TEST_F(TemplateTest, MethodsComeBeforeFieldsBeforeKeys) {
  EXPECT_EQ(Run("{{ .Box.Twice 4 }} {{ .Box.Name }} {{ .Box.key }} [{{ .Box.none }}] {{ 5 | .Box.Twice }}"),
            "8 box value [] 10");
  EXPECT_EQ(Run("{{ .Box.Twice }}"),
            "1:8: executing \"\" at <.Box.Twice>: wrong number of args for Twice: want 1 got 0");
  EXPECT_EQ(Run("{{ .Box.Fails }}"),
            "1:8: executing \"\" at <.Box.Fails>: error calling Fails: out of order");
  EXPECT_EQ(Run("{{ .Box.Name 1 }}"),
            "1:8: executing \"\" at <.Box.Name>: Name has arguments but cannot be invoked as function");
  EXPECT_EQ(Run("{{ .Box.key 1 }}"),
            "1:8: executing \"\" at <.Box.key>: key is not a method but has arguments");
}

TEST_F(TemplateTest, BuiltInFunctions) {
  EXPECT_EQ(Run("{{ len \"é\" }} {{ len .List }} {{ index .List 1 }} {{ index .Labels \"a\" }} {{ slice "
                "\"abcdef\" 1 3 }} {{ slice .List 1 }}"),
            "2 3 y 1 bc [y z]");
  EXPECT_EQ(Run("{{ and 1 0 2 }} {{ or 0 \"\" \"x\" }} {{ not 0 }} {{ print 1 2 \"a\" }} {{ printf \"%.2f\" "
                ".Value }}"),
            "0 x true 1 2a 1000000.00");
  EXPECT_EQ(Run("{{ html \"<a&'\" }} {{ js \"it's\\n\" }} {{ urlquery \"a b&\" }}"),
            "&lt;a&amp;&#39; it\\'s\\u000A a+b%26");
  EXPECT_EQ(
      Run("{{ eq 1 2 1 }} {{ ne 1 2 }} {{ lt \"a\" \"b\" }} {{ le 2 2 }} {{ gt 2.5 1.0 }} {{ ge 1 2 }}"),
      "true true true true true false");
}

TEST_F(TemplateTest, AndAndOrStopAtTheArgumentThatDecides) {
  EXPECT_EQ(Run("{{ and 0 (index .List 9) }} {{ or 1 (index .List 9) }}"), "0 1");
}

TEST_F(TemplateTest, ComparingUnlikeKindsIsAnError) {
  EXPECT_EQ(Run("{{ eq .Value 1 }}"),
            "1:4: executing \"\" at <eq .Value 1>: error calling eq: incompatible types for comparison: "
            "float64 and int");
  EXPECT_EQ(Run("{{ lt true false }}"),
            "1:4: executing \"\" at <lt true false>: error calling lt: invalid type for comparison");
}

TEST_F(TemplateTest, CallFaultsAreReportedAtTheirPlace) {
  EXPECT_EQ(Run("x\n {{ index .List 5 }}"),
            "2:5: executing \"\" at <index .List 5>: error calling index: index out of range: 5");
  EXPECT_EQ(Run("{{ not 1 2 }}"), "1:4: executing \"\" at <not>: wrong number of args for not: want 1 got 2");
  EXPECT_EQ(Run("{{ \"a\" 5 }}"),
            "1:4: executing \"\" at <\"a\">: can't give argument to non-function \"a\"");
  EXPECT_EQ(Run("{{ .Value.x }}"),
            "1:10: executing \"\" at <.Value.x>: can't evaluate field x in type float64");
}

TEST_F(TemplateTest, DefinedTemplatesGetTheirOwnDot) {
  EXPECT_EQ(Run("{{ define \"t\" }}[{{ . }}{{ $ }}]{{ end }}{{ template \"t\" 5 }}{{ template \"t\" }}{{ "
                "block \"b\" 7 }}<{{ . }}>{{ end }}"),
            "[55][<no value><no value>]<7>");
  EXPECT_EQ(Run("{{ template \"nope\" }}"),
            "1:13: executing \"\" at <{{template \"nope\"}}>: template \"nope\" not defined");
}

TEST_F(TemplateTest, LaterDefinitionsReplaceEarlierOnesAcrossTexts) {
  TemplateSet set(FunctionTable{});
  ASSERT_TRUE(set.Parse(
      "defaults",
      "{{ define \"greet\" }}hello {{ template \"who\" }}{{ end }}{{ define \"who\" }}you{{ end }}"));
  ASSERT_TRUE(set.Parse("user", "{{ define \"who\" }}team{{ end }}"));
  EXPECT_TRUE(set.Has("greet"));
  EXPECT_EQ(*set.Execute("greet", Value()), "hello team");
  EXPECT_EQ(*set.ExecuteText("{{ template \"greet\" . }}!", Value()), "hello team!");
  EXPECT_EQ(set.Execute("nope", Value()).error().code(), ErrorCode::kNotFound);
}

TEST_F(TemplateTest, ErrorsInNamedTemplatesNameTheirText) {
  TemplateSet set(FunctionTable{});
  ASSERT_TRUE(set.Parse("slack.tmpl", "\n{{ define \"t\" }}{{ .x.y.z }}{{ end }}"));
  const auto out = set.Execute("t", Value(Map{{"x", 5}}));
  EXPECT_EQ(out.error().ToString(),
            "slack.tmpl:2:22: executing \"t\" at <.x.y.z>: can't evaluate field y in type int");
}

TEST_F(TemplateTest, LimitsEndRunawayTemplates) {
  ExecuteLimits limits;
  limits.max_steps = 1000;
  limits.max_output_bytes = 1000;
  const auto error_code = [&](const std::string& text) {
    return TemplateSet(FunctionTable{}).ExecuteText(text, data, limits).error().code();
  };
  EXPECT_EQ(error_code("{{ range 100000000 }}{{ end }}"), ErrorCode::kResourceExhausted);
  EXPECT_EQ(error_code("{{ range 100 }}" + std::string(100, 'x') + "{{ end }}"),
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(error_code("{{ define \"r\" }}{{ template \"r\" }}{{ end }}{{ template \"r\" }}"),
            ErrorCode::kResourceExhausted);
}

TEST_F(TemplateTest, OwnFunctionsOverrideGos) {
  FunctionTable functions;
  functions["len"] = {"len", 1, 1, [](std::span<const Value>) -> Result<Value> { return Value("mine"); }};
  EXPECT_EQ(*TemplateSet(functions).ExecuteText("{{ len 5 }}", Value()), "mine");
}

}  // namespace
}  // namespace tocsin::templating
