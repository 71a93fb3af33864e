// The verdicts on the fixtures were asked of amtool 0.33's check-config too.
#include "alerting/config/alertmanager.h"

#include <fstream>

#include <gmock/gmock.h>

#include "base/files.h"
#include "tests/alerting/config/fixtures.h"
#include "tests/source_dir.h"

namespace tocsin::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::optional<std::string> NoVariables(const std::string&) { return std::nullopt; }

TEST(AlertmanagerConfig, LoadsTheGoodFiles) {
  for (const auto& fixture : Fixtures("alertmanager", "good")) {
    auto config = LoadAlertmanagerConfig(fixture.string(), NoVariables, Unsupported::kError);
    EXPECT_TRUE(config.has_value()) << fixture << "\n" << (config ? "" : ToString(config.error()));
  }
}

TEST(AlertmanagerConfig, RefusesTheBadFilesWithEveryFault) {
  for (const auto& fixture : Fixtures("alertmanager", "bad")) {
    auto config = LoadAlertmanagerConfig(fixture.string(), NoVariables, Unsupported::kError);
    ASSERT_FALSE(config.has_value()) << fixture;
    EXPECT_EQ(Messages(config.error()), Expected(fixture)) << fixture;
    EXPECT_THAT(ToString(config.error()), Not(HasSubstr("secret.example")));
  }
}

TEST(AlertmanagerConfig, NamesWhatItDoesNotSupport) {
  for (const auto& fixture : Fixtures("alertmanager", "unsupported")) {
    auto config = LoadAlertmanagerConfig(fixture.string(), NoVariables, Unsupported::kError);
    ASSERT_FALSE(config.has_value()) << fixture;
    EXPECT_EQ(Messages(config.error()), Expected(fixture)) << fixture;
    for (const Error& error : config.error()) EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    auto warned = LoadAlertmanagerConfig(fixture.string(), NoVariables, Unsupported::kWarn);
    ASSERT_TRUE(warned.has_value());
    EXPECT_THAT(warned->warnings, SizeIs(config.error().size()));
  }
}

TEST(AlertmanagerConfig, FillsTheOptions) {
  std::string folder = SourceDir() + "/tests/alerting/config/alertmanager/";
  auto config = LoadAlertmanagerConfig(folder + "full.good.yml", NoVariables, Unsupported::kError);
  ASSERT_TRUE(config.has_value()) << ToString(config.error());
  const notify::Options& options = config->options;
  EXPECT_EQ(options.resolve_timeout, Duration(60'000));
  EXPECT_THAT(options.template_globs, ElementsAre(folder + "templates/*.tmpl"));
  EXPECT_EQ(options.route.group_by_all, true);
  EXPECT_EQ(options.route.group_wait, Duration(0));
  ASSERT_THAT(options.route.routes, SizeIs(2));
  EXPECT_THAT(options.route.routes[0].matchers, SizeIs(3));
  EXPECT_TRUE(options.route.routes[0].keep_going);
  EXPECT_EQ(options.route.routes[1].matchers[1].ToString(), "service=~\"a|b\"");
  ASSERT_THAT(options.receivers, SizeIs(2));
  const notify::SlackOptions& slack = options.receivers[0].slack.at(0);
  EXPECT_EQ(slack.api_url.value.Reveal(), "https://hooks.slack.example/T/B");
  EXPECT_EQ(slack.title, "{{ .Status }}");
  EXPECT_EQ(slack.http.authorization.value.Reveal(), "token");
  EXPECT_EQ(slack.timeout, Duration(5000));
  EXPECT_THAT(slack.fields, SizeIs(2));
  const notify::WebhookOptions& webhook = options.receivers[0].webhook.at(0);
  EXPECT_EQ(webhook.http.basic_username.value.Reveal(), "u") << "http_config is the global one";
  EXPECT_FALSE(webhook.http.follow_redirects);
  const notify::EmailOptions& email = options.receivers[1].email.at(0);
  EXPECT_EQ(email.smarthost, "mail.example.org:465");
  EXPECT_EQ(email.from, "tocsin@example.org");
  EXPECT_FALSE(email.require_tls);
  EXPECT_FALSE(email.tls.verify);
  EXPECT_EQ(email.html, "");
  EXPECT_THAT(email.headers, ElementsAre(testing::Pair("Subject", "hi"), testing::Pair("X-Team", "t")));
}

TEST(AlertmanagerConfig, ShippedFileLoadsWithTheTwoVariablesThatItNeeds) {
  auto two = [](const std::string& name) -> std::optional<std::string> {
    if (name == "SLACK_WEBHOOK_URL") return "https://hooks.slack.example/T/B";
    if (name == "SMTP_SMARTHOST") return "127.0.0.1:25";
    return std::nullopt;
  };
  std::string path = SourceDir() + "/prometheus/alertmanager.yml";
  auto config = LoadAlertmanagerConfig(path, two, Unsupported::kError);
  ASSERT_TRUE(config.has_value()) << ToString(config.error());
  EXPECT_THAT(config->warnings, IsEmpty());
  EXPECT_TRUE(config->options.receivers.at(0).email.at(0).require_tls);
  EXPECT_THAT(config->shown, Not(HasSubstr("hooks.slack.example")));
  auto none = LoadAlertmanagerConfig(path, NoVariables, Unsupported::kError);
  ASSERT_FALSE(none.has_value());
  EXPECT_THAT(ToString(none.error()),
              HasSubstr("alertmanager.yml:9:18: the environment variable SLACK_WEBHOOK_URL"));
}

}  // namespace
}  // namespace tocsin::config
