// Expected texts are what promtool 3.5 and amtool 0.33 give.
#include <gtest/gtest.h>

#include "alerting/template/functions/alertmanager.h"
#include "alerting/template/functions/prometheus.h"
#include "alerting/template/template.h"

namespace tocsin::templating {
namespace {

Result<model::Vector> Query(const std::string& expression) {
  if (expression == "none") return model::Vector();
  if (expression != "m") return Fail(ErrorCode::kInvalidArgument, "1:2: parse error");
  const Timestamp at = Timestamp::FromMillis(60'000);
  return model::Vector{{model::Labels{{"__name__", "m"}, {"job", "k"}}, at, 30.0},
                       {model::Labels{{"__name__", "m"}, {"job", "j"}}, at, 3.0}};
}

std::string Prometheus(const std::string& text) {
  const TemplateSet set(
      PrometheusFunctions({Query, [] { return Timestamp::FromMillis(60'000); }, "http://h:9/x?y"}));
  const auto out = set.ExecuteText(text, Value());
  return out ? *out : out.error().message();
}

std::string Alertmanager(const std::string& text) {
  const FakeClock clock(Timestamp::FromMillis(1'435'065'584'128));
  const auto out = TemplateSet(AlertmanagerFunctions(clock)).ExecuteText(text, Value());
  return out ? *out : out.error().message();
}

TEST(PrometheusFunctions, QueryAndItsResults) {
  EXPECT_EQ(Prometheus("{{ range query \"m\" | sortByLabel \"job\" }}{{ .Labels.job }}={{ .Value }}={{ value "
                       ". }}={{ label \"job\" . }};{{ end }}"),
            "j=3=3=j;k=30=30=k;");
  EXPECT_EQ(Prometheus("{{ query \"m\" | first }}{{ query \"m\" | first | strvalue }}"),
            "{map[__name__:m job:k] 30}");
  EXPECT_EQ(Prometheus("{{ first (query \"none\") }}"),
            "executing \"\" at <first (query \"none\")>: error calling first: first() called on vector with "
            "no elements");
  EXPECT_EQ(Prometheus("{{ query \"bad\" }}"),
            "executing \"\" at <query \"bad\">: error calling query: 1:2: parse error");
}

TEST(PrometheusFunctions, Humanize) {
  EXPECT_EQ(Prometheus("{{ humanize 0 }} {{ humanize 1234567 }} {{ humanize 0.0001234 }} {{ humanize -1234.5 "
                       "}} {{ humanize \"1e10\" }} {{ humanize \"NaN\" }}"),
            "0 1.235M 123.4u -1.234k 10G NaN");
  EXPECT_EQ(Prometheus("{{ humanize1024 1024 }} {{ humanize1024 1048576.0 }} {{ humanize1024 0.5 }}"),
            "1ki 1Mi 0.5");
  EXPECT_EQ(
      Prometheus("{{ humanizeDuration 0 }} {{ humanizeDuration 59.5 }} {{ humanizeDuration 3661 }} {{ "
                 "humanizeDuration 90061 }} {{ humanizeDuration 0.001234 }} {{ humanizeDuration -75 }}"),
      "0s 59.5s 1h 1m 1s 1d 1h 1m 1s 1.234ms -1m 15s");
  EXPECT_EQ(Prometheus("{{ humanizePercentage 0.1234 }} {{ humanizeTimestamp 1435065584.128 }}"),
            "12.34% 2015-06-23 13:19:44.128 +0000 UTC");
  EXPECT_EQ(Prometheus("{{ humanize \"abc\" }}"),
            "executing \"\" at <humanize \"abc\">: error calling humanize: strconv.ParseFloat: parsing "
            "\"abc\": invalid syntax");
  EXPECT_EQ(Prometheus("{{ toTime 1e20 }}"),
            "executing \"\" at <toTime 1e20>: error calling toTime: 1e+20 cannot be represented as a "
            "nanoseconds timestamp since it overflows int64");
}

TEST(PrometheusFunctions, Text) {
  EXPECT_EQ(Prometheus("{{ title \"foo-bar baz_qux o'neil a.b 1abc x1y école\" }} {{ toUpper \"aé\" }} {{ "
                       "toLower \"AÉ\" }}"),
            "Foo-Bar Baz_qux O'neil A.b 1Abc X1y École AÉ aé");
  EXPECT_EQ(Prometheus("{{ reReplaceAll \"a(.)\" \"<$1>\" \"abacad\" }} {{ reReplaceAll \"x*\" \"-\" \"abc\" "
                       "}} {{ reReplaceAll \"(?P<n>b)\" \"${n}$1x$$\" \"abc\" }}"),
            "<b><c><d> -a-b-c- ab$c");
  EXPECT_EQ(Prometheus("{{ match \"^a.c$\" \"abc\" }} {{ match \"b\" \"x\" }}"), "true false");
}

TEST(PrometheusFunctions, HostsAndLinks) {
  EXPECT_EQ(Prometheus("{{ stripPort \"a.b:80\" }} {{ stripPort \"[::1]:80\" }} {{ stripDomain \"a.b.c:80\" "
                       "}} {{ stripDomain \"1.2.3.4:80\" }} {{ stripDomain \"[::1]:80\" }}"),
            "a.b ::1 a:80 1.2.3.4:80 [::1]:80");
  EXPECT_EQ(
      Prometheus("{{ graphLink \"up == 1\" }} {{ tableLink \"a\" }} {{ pathPrefix }} {{ externalURL }}"),
      "/graph?g0.expr=up+%3D%3D+1&g0.tab=0 /graph?g0.expr=a&g0.tab=1 /x http://h:9/x?y");
}

TEST(PrometheusFunctions, TimesAndArguments) {
  EXPECT_EQ(Prometheus("{{ parseDuration \"1d2h\" }} {{ now }} {{ toDuration 90 }} {{ (toTime 5).Unix }}"),
            "93600 60 1m30s 5");
  EXPECT_EQ(Prometheus("{{ with args 1 \"b\" }}{{ .arg0 }}{{ .arg1 }}{{ .arg2 }}{{ end }}"), "1b<no value>");
}

TEST(AlertmanagerFunctions, Text) {
  EXPECT_EQ(Alertmanager("{{ trimSpace \"  a b \\n\" }}|{{ join \", \" (stringSlice \"a\" \"b\") }}|{{ "
                         "urlUnescape \"a%20b+c%2F\" }}"),
            "a b|a, b|a b c/");
  EXPECT_EQ(Alertmanager("{{ title \"ABC dEF o'NEIL\" }}"), "Abc Def O'neil");
  EXPECT_EQ(Alertmanager("{{ urlUnescape \"%zz\" }}"),
            "executing \"\" at <urlUnescape \"%zz\">: error calling urlUnescape: invalid URL escape \"%zz\"");
}

TEST(AlertmanagerFunctions, Times) {
  EXPECT_EQ(
      Alertmanager(
          "{{ date \"15:04\" now }} {{ now | tz \"Europe/Berlin\" | date \"15:04 MST\" }} {{ since now }}"),
      "13:19 15:19 CEST 0s");
  EXPECT_EQ(Alertmanager("{{ tz \"Nowhere/X\" now }}"),
            "executing \"\" at <tz \"Nowhere/X\" now>: error calling tz: unknown time zone Nowhere/X");
}

TEST(AlertmanagerFunctions, JsonAndCollections) {
  EXPECT_EQ(Alertmanager("{{ toJson (dict \"b\" (list 1 1.5 \"<x>\" true nil) \"a\" now) }}"),
            "{\"a\":\"2015-06-23T13:19:44.128Z\",\"b\":[1,1.5,\"\\u003cx\\u003e\",true,null]}");
  EXPECT_EQ(
      Alertmanager("{{ append (list 1 2) 3 }} {{ (dict \"a\" 1).a }} {{ toJson 1e21 }} {{ toJson 1e-7 }}"),
      "[1 2 3] 1 1e+21 1e-7");
}

}  // namespace
}  // namespace tocsin::templating
