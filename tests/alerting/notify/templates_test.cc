#include "alerting/notify/template/templates.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "base/files.h"
#include "tests/alerting/notify/messages.h"

namespace tocsin::notify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::SampleNotification;

class TemplatesTest : public ::testing::Test {
 protected:
  std::string Text(const std::string& field) {
    auto templates = Templates::Load(globs_, clock_, "http://tocsin.example");
    if (!templates) return "load error: " + ToString(templates.error());
    auto text = (*templates)->Text(field, (*templates)->Data(notification_));
    return text ? *text : "error: " + text.error().ToString();
  }

  FakeClock clock_{Timestamp::FromMillis(1'763'671'260'000)};
  std::vector<std::string> globs_;
  Notification notification_ = SampleNotification();
};

TEST_F(TemplatesTest, DataHasAlertmanagersFieldsAndMethods) {
  EXPECT_EQ(Text("{{ .Status }} {{ .Receiver }} {{ .ExternalURL }}"),
            "firing web\\.hook http://tocsin.example");
  EXPECT_EQ(Text("{{ len .Alerts }} {{ len .Alerts.Firing }} {{ .Alerts.Resolved | len }}"), "2 1 1");
  EXPECT_EQ(Text("{{ .GroupLabels.alertname }}|{{ .GroupLabels.nosuch }}|{{ .GroupLabels }}"),
            "HighErrorRate||map[alertname:HighErrorRate]");
  EXPECT_EQ(Text("{{ .CommonLabels.SortedPairs.Names | join \",\" }}"), "alertname,job");
  EXPECT_EQ(Text("{{ .CommonLabels.SortedPairs.Values | join \",\" }}"), "HighErrorRate,exporter");
  EXPECT_EQ(Text("{{ range (.CommonLabels.Remove .GroupLabels.Names).SortedPairs }}{{ .Name }}={{ .Value "
                 "}}{{ end }}"),
            "job=exporter");
  EXPECT_EQ(Text("{{ range .Alerts }}{{ .Status }} {{ .Labels.pool }} {{ .Value }};{{ end }}"),
            "firing blue 0.0525;resolved green ;");
  EXPECT_EQ(Text("{{ (index .Alerts 0).EndsAt.IsZero }} {{ (index .Alerts 0).Fingerprint | len }}"),
            "true 16");
}

TEST_F(TemplatesTest, HasAlertmanagersFunctions) {
  EXPECT_EQ(Text("{{ toUpper \"ab\" }}{{ toLower \"CD\" }}{{ title \"blue green\" }}{{ trimSpace \" x \" }}"),
            "ABcdBlue Greenx");
  EXPECT_EQ(Text("{{ match \"^a.c$\" \"abc\" }} {{ reReplaceAll \"(b)(c)\" \"$2-${1}\" \"abc\" }}"),
            "true ac-b");
  EXPECT_EQ(Text("{{ stringSlice \"a\" \"b\" | join \"+\" }}"), "a+b");
  EXPECT_EQ(Text("{{ date \"15:04\" (index .Alerts 0).StartsAt }}"), "20:40");
  EXPECT_EQ(Text("{{ tz \"Europe/Paris\" (index .Alerts 0).StartsAt | date \"15:04 MST\" }}"), "21:40 CET");
  EXPECT_EQ(Text("{{ since (index .Alerts 0).StartsAt | humanizeDuration }} {{ humanizeDuration 3725 }}"),
            "1m 0s 1h 2m 5s");
  EXPECT_EQ(Text("{{ slackEscape \"<!channel> & co\" }}"), "&lt;!channel&gt; &amp; co");
}

TEST_F(TemplatesTest, UsersDefinitionsReplaceOurs) {
  auto file = std::filesystem::path(::testing::TempDir()) / "tocsin_templates_test.tmpl";
  ASSERT_TRUE(WriteFileAtomically(file, "{{ define \"slack.default.title\" }}mine: {{ .Status }}{{ end }}")
                  .has_value());
  globs_ = {file.string()};
  EXPECT_EQ(Text("{{ template \"slack.default.title\" . }}"), "mine: firing");
  ASSERT_TRUE(WriteFileAtomically(file, "ok\n{{ nosuch }}").has_value());
  EXPECT_THAT(Text("{{ .Status }}"), HasSubstr("tocsin_templates_test.tmpl:2"));
}

TEST_F(TemplatesTest, DefaultTextSaysWhatHappenedSinceWhenAndWhere) {
  std::string text = Text("{{ template \"email.default.text\" . }}");
  EXPECT_THAT(text, HasSubstr("FIRING: 5.25% of the last requests failed\n"));
  EXPECT_THAT(text, HasSubstr("Since: 2025-11-20 20:40:00 UTC\nValue: 0.0525\n"));
  EXPECT_THAT(text, HasSubstr("  pool = blue\n"));
  EXPECT_THAT(text, HasSubstr("(lasted 30s)"));
  EXPECT_THAT(text, HasSubstr("Graph: http://tocsin.example/graph?g0.expr=up%3D%3D0\n"));
  EXPECT_EQ(Text("{{ template \"email.default.subject\" . }}"), "[FIRING:1] HighErrorRate");
}

TEST_F(TemplatesTest, DefaultHtmlEscapesAndLinks) {
  notification_ = testing::HostileNotification();
  auto templates = Templates::Load({}, clock_, "http://tocsin.example");
  ASSERT_TRUE(templates.has_value()) << ToString(templates.error());
  auto html =
      (*templates)->Html("{{ template \"email.default.html\" . }}", (*templates)->Data(notification_));
  ASSERT_TRUE(html.has_value()) << html.error().ToString();
  EXPECT_THAT(*html, Not(HasSubstr("<script>")));
  EXPECT_THAT(*html, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(*html, Not(HasSubstr("href=\"javascript:")));
  EXPECT_THAT(*html, HasSubstr("href=\"https://wiki.example/run?a=1&amp;b=2\""));
  EXPECT_THAT(*html, HasSubstr("prefers-color-scheme: dark"));
}

}  // namespace
}  // namespace tocsin::notify
