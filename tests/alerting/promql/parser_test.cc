#include "alerting/promql/parse/parser.h"

#include <gmock/gmock.h>

#include "alerting/promql/parse/printer.h"

namespace tocsin::promql {
namespace {

/// The normal form, or the error.
std::string Normal(std::string_view text, bool experimental = false) {
  Result<ExprPtr> expr = Parse(text, {experimental});
  return expr ? Print(**expr) : expr.error().ToString();
}

struct Case {
  std::string_view text;
  std::string_view normal;  ///< empty: as it stands
};

TEST(Parser, PrintsTheNormalFormOfWhatItReads) {
  const Case cases[] = {
      {"foo", ""},
      {" foo{ b = 'x' , a =~ `y.*`, } ", "foo{a=~\"y.*\",b=\"x\"}"},
      {"{\"a.b\", c=\"d\"}", "{__name__=\"a.b\",c=\"d\"}"},
      {"{\"with space\"!=\"\"}", ""},
      {"foo[5m] offset -3m @ 1.5", "foo[5m] @ 1.500 offset -3m"},
      {"foo offset 90", "foo offset 1m30s"},
      {"foo[1h30m:30s] @ end() offset 1d", ""},
      {"foo[60:]", "foo[1m:]"},
      {"SUM(foo) BY (a, b,)", "sum by (a, b) (foo)"},
      {"sum without (\"a.b\") (foo)", ""},
      {"sum by () (foo)", "sum(foo)"},
      {"topk by (a) (3, foo)", ""},
      {"quantile(0.9, foo)", ""},
      {"a + on (x, y) group_left (z) b", ""},
      {"a + ignoring (x) b", ""},
      {"a == bool on () b", ""},
      {"a and b or c unless d", ""},
      {"label_replace(a, \"b\", \"$1\", 'c', `(.*)\\n`)",
       "label_replace(a, \"b\", \"$1\", \"c\", \"(.*)\\\\n\")"},
      {"0x1F + 1_000 + 1e3 + .5 + 5m", "31 + 1000 + 1000 + 0.5 + 5m"},
      {"- 1", "-1"},
      {"-foo", ""},
      {"+foo", ""},
      {"inf - NaN", "+Inf - NaN"},
      {"(((foo)))", ""},
      {"offset", ""},
      {"sum + by * and", ""},
      {"foo # comment\n + bar", "foo + bar"},
  };
  for (const Case& c : cases) EXPECT_EQ(Normal(c.text), c.normal.empty() ? c.text : c.normal);
}

/// The tree with every operation in parentheses.
std::string Structure(const Expr& expr) {
  if (const auto* binary = expr.As<Binary>()) {
    return "(" + Structure(*binary->lhs) + std::string(BinaryOpName(binary->op)) + Structure(*binary->rhs) +
           ")";
  }
  if (const auto* unary = expr.As<Unary>()) return "(-" + Structure(*unary->expr) + ")";
  return Print(expr);
}

TEST(Parser, BindsOperatorsAsPrometheusDoes) {
  const Case cases[] = {
      {"a + b * c", "(a+(b*c))"},
      {"a - b - c", "((a-b)-c)"},
      {"a ^ b ^ c", "(a^(b^c))"},
      {"-a ^ b", "(-(a^b))"},
      {"-a * b", "((-a)*b)"},
      {"a ^ -b * c", "((a^(-b))*c)"},
      {"a or b and c == d + e", "(aor(band(c==(d+e))))"},
      {"a unless b and c", "((aunlessb)andc)"},
      {"a atan2 b % c", "((aatan2b)%c)"},
      {"-a offset 5m", "(-a offset 5m)"},
  };
  for (const Case& c : cases) {
    Result<ExprPtr> expr = Parse(c.text);
    ASSERT_TRUE(expr) << expr.error().ToString();
    EXPECT_EQ(Structure(**expr), c.normal);
  }
}

TEST(Parser, SaysWhatIsWrongInPrometheusWords) {
  const Case cases[] = {
      {"", "unknown position: parse error: no expression found in input"},
      {"foo bar", "1:5: parse error: unexpected identifier \"bar\""},
      {"foo\n  + )", "2:6: parse error: unexpected right parenthesis ')'"},
      {"(foo", "1:5: parse error: unclosed left parenthesis"},
      {"foo{a=1}", "1:7: parse error: unexpected character inside braces: '1'"},
      {"foo{a=b}", "1:7: parse error: unexpected identifier \"b\" in label matching, expected string"},
      {"foo{\"a\" \"b\"}",
       "1:9: parse error: unexpected string \"\\\"b\\\"\" in label matching, expected \",\" or \"}\""},
      {"foo{}", "foo"},
      {"{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
      {"{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
      {"foo{__name__=\"bar\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\""},
      {"foo[0]", "1:5: parse error: duration must be greater than 0"},
      {"1m1h", "1:1: parse error: not a valid duration string: \"1m1h\""},
      {"1 offset 5m",
       "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector "
       "selector "
       "or a subquery"},
      {"foo offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times"},
      {"foo @ NaN", "1:1: parse error: timestamp out of bounds for @ modifier: NaN"},
      {"foo[5m][5m]", "1:8: parse error: ranges only allowed for vector selectors"},
      {"sum(foo bar)", "1:9: parse error: unexpected identifier \"bar\" in aggregation"},
      {"sum by (a b) (foo)",
       "1:11: parse error: unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""},
      {"sum(foo,)", "1:8: parse error: trailing commas not allowed in function call args"},
      {"abs(foo, *)", "1:8: parse error: trailing commas not allowed in function call args"},
      {"abs(foo,,bar)", "1:8: parse error: trailing commas not allowed in function call args"},
      {"1e-7.",
       "1:1: parse error: error parsing number: strconv.ParseFloat: parsing \"1e-7.\": invalid syntax"},
      {"foo @ -+5", "1:8: parse error: unexpected <op:+> in @, expected timestamp"},
      {"foo!", "1:4: parse error: unexpected character after '!': '\uFFFD'"},
      {"foo{a!", "1:6: parse error: unexpected character after '!' inside braces: '\uFFFD'"},
      {"foo{a=~\"(\"}", "1:5: parse error: error parsing regexp: missing closing ): `(`"},
      {"topk(foo)",
       "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"},
      {"nosuch(foo)", "1:1: parse error: unknown function with name \"nosuch\""},
      {"abs()", "1:1: parse error: expected 1 argument(s) in call to \"abs\", got 0"},
      {"round(a, 1, 2)", "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3"},
      {"rate(foo)",
       "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"},
      {"1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"},
      {"foo + bool bar", "1:5: parse error: bool modifier can only be used on comparison operators"},
      {"foo and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"},
      {"a + on(x) group_left(x) b",
       "1:3: parse error: label \"x\" must not occur in ON and GROUP clause at once"},
      {"-foo[5m]",
       "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "
       "\"range vector\""},
      {"mad_over_time(foo[5m])", "1:1: parse error: function \"mad_over_time\" is not enabled"},
      {"limitk(1, foo)",
       "1:1: parse error: limitk() is experimental and must be enabled with "
       "--enable-feature=promql-experimental-functions"},
  };
  for (const Case& c : cases) EXPECT_EQ(Normal(c.text), c.normal) << c.text;
}

TEST(Parser, EnablesExperimentalFunctionsOnDemand) {
  EXPECT_EQ(Normal("mad_over_time(foo[5m])", true), "mad_over_time(foo[5m])");
  EXPECT_EQ(Normal("limitk(1, foo)", true), "limitk(1, foo)");
}

TEST(Parser, BoundsTheHeightOfTheTree) {
  std::string deep(100000, '(');
  EXPECT_THAT(Normal(deep), testing::HasSubstr("nested too deeply"));
  EXPECT_THAT(Normal(std::string(100000, '-')), testing::HasSubstr("nested too deeply"));
  std::string wide = "1";
  for (int i = 0; i < 5000; ++i) wide += "+1";
  EXPECT_THAT(Normal(wide), testing::HasSubstr("too many operators"));
}

}  // namespace
}  // namespace tocsin::promql
