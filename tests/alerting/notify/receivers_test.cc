#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/email.h"
#include "alerting/notify/receivers/opsgenie.h"
#include "alerting/notify/receivers/slack.h"
#include "alerting/notify/receivers/telegram.h"
#include "alerting/notify/receivers/webhook.h"
#include "tests/alerting/notify/messages.h"
#include "tests/alerting/notify/services.h"
#include "tests/source_dir.h"

namespace tocsin::notify {
namespace {

using testing::FakeHttp;
using testing::FakeSmtp;
using ::testing::HasSubstr;
using testing::HostileNotification;
using ::testing::Not;
using testing::SampleNotification;
using ::testing::SizeIs;
using Json = nlohmann::ordered_json;

class ReceiversTest : public ::testing::Test {
 protected:
  ReceiversTest() {
    slack_.api_url.value = Secret("https://hooks.slack.example/services/T0/SECRET");
    slack_.channel = "#ops";
    email_.to = "ops@example.org";
    email_.from = "Tocsin <tocsin@example.org>";
    email_.smarthost = "mail.example.org:587";
    auto templates = Templates::Load({}, clock_, "http://tocsin.example");
    EXPECT_TRUE(templates.has_value()) << (templates ? "" : ToString(templates.error()));
    templates_ = *templates;
  }

  SendResult Send(const Integration& integration, const Notification& notification) {
    std::optional<SendResult> result;
    auto attempt =
        integration.Send(notification, Duration(10'000), [&](SendResult r) { result = std::move(r); });
    return result.value_or(SendResult{Fail(ErrorCode::kInternal, "done was not called"), std::nullopt});
  }
  SendResult SendSlack(const Notification& notification) {
    SlackIntegration slack({"team", "slack", 0}, slack_, {http_, clock_, templates_});
    return Send(slack, notification);
  }
  SendResult SendEmail(const Notification& notification) {
    EmailIntegration email({"team", "email", 0}, email_, templates_, smtp_, clock_);
    return Send(email, notification);
  }
  void Answer(int status, std::string body, http::Headers headers = {}) {
    http_.answer = http::ClientResponse{status, std::move(headers), std::move(body), Duration(1)};
  }

  FakeClock clock_{Timestamp::FromMillis(1'763'671'260'000)};
  FakeHttp http_;
  FakeSmtp smtp_;
  SlackOptions slack_;
  EmailOptions email_;
  std::shared_ptr<const Templates> templates_;
};

/// Compares with a file beside the tests; TOCSIN_UPDATE_GOLDEN=1 writes it instead.
void ExpectGolden(const std::string& name, const std::string& text) {
  std::string path = SourceDir() + "/tests/golden/notify/" + name;
  if (std::getenv("TOCSIN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::string expected((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, expected) << path;
}

TEST_F(ReceiversTest, SlackMessageLooksAsItShould) {
  slack_.fields = {{"Job", "{{ .CommonLabels.job }}", true}};
  ASSERT_TRUE(SendSlack(SampleNotification()).status.has_value());
  ASSERT_THAT(http_.requests, SizeIs(1));
  const http::ClientRequest& request = http_.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://hooks.slack.example/services/T0/SECRET");
  EXPECT_EQ(request.headers.Get("content-type"), "application/json");
  ExpectGolden("slack.json", Json::parse(request.body).dump(2) + "\n");
}

TEST_F(ReceiversTest, AnErrorNamesTheServerWhoseAddressHasNoPath) {
  WebhookOptions options;
  options.url.value = Secret("http://10.0.0.7:9099/");
  const WebhookIntegration webhook({"team", "webhook", 0}, options, "", {http_, clock_, templates_});
  const std::string words = "POST http://10.0.0.7:9099/<secret>: connect: connection refused";
  http_.answer = Fail(Error(ErrorCode::kUnavailable, words));
  EXPECT_EQ(Send(webhook, SampleNotification()).status.error().message(), words);
}

TEST_F(ReceiversTest, SlackTextFromLabelsCannotMentionOrLink) {
  ASSERT_TRUE(SendSlack(HostileNotification()).status.has_value());
  const std::string body = Json::parse(http_.requests.at(0).body).dump();  // Go's escapes of < and & undone
  EXPECT_THAT(body, Not(HasSubstr("<!channel>")));
  EXPECT_THAT(body, Not(HasSubstr("<https://evil")));
  EXPECT_THAT(body, HasSubstr("&lt;!channel&gt;"));
  EXPECT_THAT(body, HasSubstr("<https://wiki.example/run?a=1&amp;b=2|Runbook>"));
  EXPECT_THAT(body, Not(HasSubstr("<javascript:")));
}

TEST_F(ReceiversTest, SlackAnswersMeanWhatSlackSays) {
  Answer(200, R"({"ok":true})", {{"Content-Type", "application/json; charset=utf-8"}});
  EXPECT_TRUE(SendSlack(SampleNotification()).status.has_value());
  Answer(200, R"({"ok":false,"error":"channel_not_found"})", {{"Content-Type", "application/json"}});
  auto refused = SendSlack(SampleNotification());
  EXPECT_THAT(refused.status.error().message(), HasSubstr("channel_not_found"));
  EXPECT_FALSE(refused.status.error().retryable());
  Answer(400, "invalid_payload\nmore");
  auto bad = SendSlack(SampleNotification());
  EXPECT_EQ(bad.status.error().message(), "unexpected status code 400: invalid_payload");
  EXPECT_FALSE(bad.status.error().retryable());
  Answer(503, "down");
  EXPECT_TRUE(SendSlack(SampleNotification()).status.error().retryable());
  http_.answer = Fail(ErrorCode::kTimeout, "no answer within 10s");
  EXPECT_TRUE(SendSlack(SampleNotification()).status.error().retryable());
}

TEST_F(ReceiversTest, SlackIsLeftAloneForRetryAfterByEveryGroup) {
  SlackIntegration slack({"team", "slack", 0}, slack_, {http_, clock_, templates_});
  Answer(429, "slow down", {{"Retry-After", "30"}});
  auto limited = Send(slack, SampleNotification());
  EXPECT_TRUE(limited.status.error().retryable());
  EXPECT_EQ(limited.retry_after, Duration(30'000));
  Answer(200, "ok");
  clock_.Advance(Duration(29'000));
  EXPECT_EQ(Send(slack, SampleNotification()).retry_after, Duration(1000));
  EXPECT_THAT(http_.requests, SizeIs(1));
  clock_.Advance(Duration(1000));
  EXPECT_TRUE(Send(slack, SampleNotification()).status.has_value());
}

TEST_F(ReceiversTest, SlackBotSaysWhoItIsAndPassesErrorsOfTheApi) {
  slack_.api_url.value = Secret("https://slack.com/api/chat.postMessage");
  slack_.app_token.value = Secret("xoxb-SECRET");
  const http::Headers json{{"Content-Type", "application/json"}};
  Answer(200, R"({"ok":true,"channel":"C1","ts":"17.01"})", json);
  ASSERT_TRUE(SendSlack(SampleNotification()).status.has_value());
  EXPECT_EQ(http_.requests.at(0).headers.Get("Authorization"), "Bearer xoxb-SECRET");
  Answer(200, R"({"ok":false,"error":"invalid_auth"})", json);
  EXPECT_FALSE(SendSlack(SampleNotification()).status.error().retryable());
  Answer(200, R"({"ok":false,"error":"ratelimited"})", json);
  EXPECT_TRUE(SendSlack(SampleNotification()).status.error().retryable());
}

TEST_F(ReceiversTest, SlackChangesTheMessageThatItPosted) {
  slack_.api_url.value = Secret("https://slack.com/api/chat.postMessage");
  slack_.app_token.value = Secret("xoxb-1");
  slack_.update_message = true;
  const http::Headers json{{"Content-Type", "application/json"}};
  Answer(200, R"({"ok":true,"channel":"C1","ts":"17.01"})", json);
  Notification notification = SampleNotification();
  auto posted = SendSlack(notification);
  ASSERT_EQ(posted.thread, "C1 17.01");
  notification.thread = *posted.thread;
  (void)SendSlack(notification);
  EXPECT_EQ(http_.requests.at(1).url, "https://slack.com/api/chat.update");
  const Json body = Json::parse(http_.requests.at(1).body);
  EXPECT_EQ(body["channel"], "C1");
  EXPECT_EQ(body["ts"], "17.01");

  Answer(200, R"({"ok":false,"error":"message_not_found"})", json);  // somebody deleted it
  auto gone = SendSlack(notification);
  EXPECT_EQ(gone.thread, "");
  EXPECT_TRUE(gone.status.error().retryable());
}

TEST_F(ReceiversTest, OpsGenieUpdatesAnAlertInThreeRequestsAndStopsAtAFailure) {
  OpsGenieOptions options;
  options.api_key.value = Secret("key");
  options.update_alerts = true;
  const OpsGenieIntegration opsgenie({"team", "opsgenie", 0}, options, {http_, clock_, templates_});
  ASSERT_TRUE(Send(opsgenie, SampleNotification()).status.has_value());
  ASSERT_THAT(http_.requests, SizeIs(3));
  EXPECT_EQ(http_.requests[2].method, "PUT");
  EXPECT_THAT(http_.requests[2].url, HasSubstr("/description?identifierType=alias"));
  http_.next = {http::ClientResponse{202, {}, "", Duration(1)},
                http::ClientResponse{500, {}, "", Duration(1)}};
  EXPECT_TRUE(Send(opsgenie, SampleNotification()).status.error().retryable());
  EXPECT_THAT(http_.requests, SizeIs(5));
}

TEST_F(ReceiversTest, TelegramSaysInTheBodyHowLongToWait) {
  TelegramOptions options;
  options.bot_token.value = Secret("1:SECRET");
  options.chat_id.value = Secret("-5");
  const TelegramIntegration telegram({"team", "telegram", 0}, options, {http_, clock_, templates_});
  Answer(429, R"({"ok":false,"error_code":429,"parameters":{"retry_after":7}})");
  EXPECT_EQ(Send(telegram, SampleNotification()).retry_after, Duration(7000));
}

TEST_F(ReceiversTest, MailsOfAGroupAreOneConversation) {
  email_.threading = Threading::kGroupAndDay;
  ASSERT_TRUE(SendEmail(SampleNotification()).status.has_value());
  EXPECT_THAT(smtp_.mails.at(0).data, HasSubstr("\r\nReferences: <alert-"));
  EXPECT_THAT(smtp_.mails.at(0).data, HasSubstr("-2025-11-20@alertmanager>\r\nIn-Reply-To: <alert-"));
}

TEST_F(ReceiversTest, MailSignsInAsItsCredentialsAllow) {
  email_.auth_username = "user";
  email_.auth_secret.value = Secret("shared");
  (void)SendEmail(SampleNotification());
  EXPECT_EQ(smtp_.mails.back().mechanisms, "AUTH=CRAM-MD5");
  EXPECT_EQ(smtp_.mails.back().password, "shared");
  email_.auth_password.value = Secret("pass");
  (void)SendEmail(SampleNotification());
  EXPECT_EQ(smtp_.mails.back().mechanisms, "AUTH=PLAIN;AUTH=LOGIN");
  EXPECT_EQ(smtp_.mails.back().password, "pass");
}

TEST_F(ReceiversTest, MailLooksAsItShould) {
  email_.headers = {{"X-Team", "{{ .GroupLabels.alertname }}"}};
  ASSERT_TRUE(SendEmail(SampleNotification()).status.has_value());
  const smtp::Mail& mail = smtp_.mails.at(0);
  EXPECT_EQ(mail.sender, "tocsin@example.org");
  EXPECT_THAT(mail.recipients, ::testing::ElementsAre("ops@example.org"));
  EXPECT_EQ(mail.security, smtp::Security::kRequired);
  ExpectGolden("mail.eml", mail.data);
}

TEST_F(ReceiversTest, MailHeadersCannotBeInjected) {
  ASSERT_TRUE(SendEmail(HostileNotification()).status.has_value());
  const std::string& data = smtp_.mails.at(0).data;
  std::string headers = data.substr(0, data.find("\r\n\r\n"));
  EXPECT_THAT(headers, Not(HasSubstr("\r\nBcc:")));
  EXPECT_THAT(headers, Not(HasSubstr("QUIT")));
  EXPECT_THAT(headers, HasSubstr("\r\nSubject: =?UTF-8?B?"));
  EXPECT_THAT(smtp_.mails.at(0).recipients, SizeIs(1));
}

TEST_F(ReceiversTest, MailRecipientFromALabelMustBeAnAddress) {
  email_.to = "{{ .CommonLabels.path }}";
  auto result = SendEmail(HostileNotification());
  EXPECT_THAT(result.status.error().message(), HasSubstr("not a mail address"));
  EXPECT_THAT(smtp_.mails, SizeIs(0));
}

TEST_F(ReceiversTest, MailSecurityFollowsThePortAndRequireTls) {
  email_.smarthost = "mail.example.org:465";
  (void)SendEmail(SampleNotification());
  EXPECT_EQ(smtp_.mails.back().security, smtp::Security::kImplicit);
  email_.smarthost = "127.0.0.1:2525";
  email_.require_tls = false;
  email_.auth_username = "user";
  email_.auth_password.value = Secret("pass");
  (void)SendEmail(SampleNotification());
  EXPECT_EQ(smtp_.mails.back().security, smtp::Security::kNone);
  EXPECT_EQ(smtp_.mails.back().username, "user");
  EXPECT_EQ(smtp_.mails.back().password, "pass");
  smtp_.answer = Fail(Error(ErrorCode::kUnavailable, "451 try again later"));
  EXPECT_TRUE(SendEmail(SampleNotification()).status.error().retryable());
}

TEST_F(ReceiversTest, WebhookBodyIsVersionFour) {
  WebhookOptions options;
  options.url.value = Secret("http://hook.example/x");
  options.max_alerts = 1;
  WebhookIntegration webhook({"web.hook", "webhook", 0}, options, "http://tocsin.example",
                             {http_, clock_, templates_});
  ASSERT_TRUE(Send(webhook, SampleNotification()).status.has_value());
  ExpectGolden("webhook.json", Json::parse(http_.requests.at(0).body).dump(2) + "\n");
}

}  // namespace
}  // namespace tocsin::notify
