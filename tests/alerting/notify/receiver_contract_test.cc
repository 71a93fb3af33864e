// What holds for every receiver, whatever it sends.
#include <functional>

#include <gmock/gmock.h>

#include "alerting/notify/receivers/make.h"
#include "tests/alerting/notify/messages.h"
#include "tests/alerting/notify/services.h"

namespace tocsin::notify {
namespace {

using testing::FakeHttp;
using testing::FakeSmtp;
using ::testing::HasSubstr;
using testing::HostileNotification;
using ::testing::Not;
using testing::SampleNotification;

constexpr const char* kSecret = "s3cr3t-value";
constexpr const char* kBroken = "{{ .Alerts.Nosuch }}";

/// A receiver of one type, its credentials kSecret, its main texts templates of the test's choice.
struct Kind {
  std::string name;
  std::function<ReceiverOptions(const std::string& text)> make;
};

SecretSource Hidden() { return {Secret(kSecret), ""}; }
SecretSource HiddenUrl() { return {Secret(std::string("https://hooks.example/") + kSecret), ""}; }

/// A receiver with one entry in one of its lists.
template <typename Entry>
Kind Of(std::string name, std::vector<Entry> ReceiverOptions::*list,
        std::function<void(Entry&, const std::string&)> set) {
  return {std::move(name), [list, set = std::move(set)](const std::string& text) {
            ReceiverOptions receiver;
            receiver.name = "team";
            Entry entry;
            set(entry, text);
            (receiver.*list).push_back(std::move(entry));
            return receiver;
          }};
}

std::vector<Kind> AllKinds() {
  using R = ReceiverOptions;
  return {
      Of<SlackOptions>("slack", &R::slack,
                       [](auto& o, const auto& text) {
                         o.api_url = HiddenUrl();
                         o.title = o.text = text;
                       }),
      Of<SlackOptions>("slack_bot", &R::slack,
                       [](auto& o, const auto& text) {
                         o.api_url.value = Secret("https://slack.example/api/chat.postMessage");
                         o.app_token = Hidden();
                         o.title = o.text = text;
                       }),
      Of<EmailOptions>("email", &R::email,
                       [](auto& o, const auto& text) {
                         o.to = "a@example.org";
                         o.from = "b@example.org";
                         o.smarthost = "mail.example:25";
                         o.auth_username = "u";
                         o.auth_password = Hidden();
                         o.html = o.text = text;
                       }),
      Of<WebhookOptions>("webhook", &R::webhook,
                         [](auto& o, const auto& text) {
                           o.url = HiddenUrl();
                           o.payload.emplace();
                           o.payload->kind = yaml::Kind::kString;
                           o.payload->text = text;
                         }),
      Of<DiscordOptions>("discord", &R::discord,
                         [](auto& o, const auto& text) {
                           o.webhook_url = HiddenUrl();
                           o.title = o.message = text;
                         }),
      Of<MsTeamsOptions>("msteamsv2", &R::msteams,
                         [](auto& o, const auto& text) {
                           o.webhook_url = HiddenUrl();
                           o.title = o.text = text;
                         }),
      Of<TelegramOptions>("telegram", &R::telegram,
                          [](auto& o, const auto& text) {
                            o.bot_token = Hidden();
                            o.chat_id.value = Secret("5");
                            o.message = text;
                          }),
      Of<PagerDutyOptions>("pagerduty", &R::pagerduty,
                           [](auto& o, const auto& text) {
                             o.routing_key = Hidden();
                             o.description = text;
                           }),
      Of<PagerDutyOptions>("pagerduty_v1", &R::pagerduty,
                           [](auto& o, const auto& text) {
                             o.service_key = Hidden();
                             o.description = text;
                           }),
      Of<OpsGenieOptions>("opsgenie", &R::opsgenie,
                          [](auto& o, const auto& text) {
                            o.api_key = Hidden();
                            o.message = o.description = text;
                          }),
      Of<PushoverOptions>("pushover", &R::pushover,
                          [](auto& o, const auto& text) {
                            o.user_key = o.token = Hidden();
                            o.title = o.message = text;
                          }),
  };
}

class ReceiverContract : public ::testing::TestWithParam<Kind> {
 protected:
  ReceiverContract() : templates_(*Templates::Load({}, clock_, "http://tocsin.example")) {}

  bool is_mail() const { return GetParam().name == "email"; }
  std::shared_ptr<const Integration> Make(const std::string& text = "x") {
    return MakeIntegrations(GetParam().make(text),
                            {http_, smtp_, clock_, templates_, "http://tocsin.example"})
        .at(0);
  }
  SendResult Send(const Integration& integration, const Notification& notification = SampleNotification()) {
    std::optional<SendResult> result;
    auto attempt =
        integration.Send(notification, Duration(3000), [&](SendResult r) { result = std::move(r); });
    return result.value_or(SendResult{Fail(ErrorCode::kInternal, "done was not called")});
  }
  void AnswerHttp(int status, const std::string& body = "", http::Headers headers = {}) {
    http_.answer = http::ClientResponse{status, std::move(headers), body, Duration(1)};
  }
  size_t sent() const { return http_.requests.size() + smtp_.mails.size(); }
  std::string LastText() const {
    return is_mail() ? smtp_.mails.back().data : http_.requests.back().url + http_.requests.back().body;
  }
  Duration LastTimeout() const {
    return is_mail() ? smtp_.mails.back().timeout : http_.requests.back().timeout;
  }

  FakeClock clock_{Timestamp::FromMillis(1'763'671'260'000)};
  FakeHttp http_;
  FakeSmtp smtp_;
  std::shared_ptr<const Templates> templates_;
};

TEST_P(ReceiverContract, TriesAgainWhatMayPassAndNothingElse) {
  const auto integration = Make();
  EXPECT_TRUE(Send(*integration).status.has_value());
  if (is_mail()) {
    smtp_.answer = Fail(Error(ErrorCode::kUnavailable, "451 later"));
    EXPECT_TRUE(Send(*integration).status.error().retryable());
    smtp_.answer = Fail(Error(ErrorCode::kPermission, "550 no").Retryable(false));
    EXPECT_FALSE(Send(*integration).status.error().retryable());
    return;
  }
  for (int status : {500, 502, 503, 504}) {
    AnswerHttp(status);
    EXPECT_TRUE(Send(*integration).status.error().retryable()) << status;
  }
  for (int status : {301, 400, 401, 404, 413}) {
    AnswerHttp(status);
    EXPECT_FALSE(Send(*integration).status.error().retryable()) << status;
  }
  AnswerHttp(429, "", {{"Retry-After", "12"}});
  const SendResult limited = Send(*integration);
  EXPECT_TRUE(limited.status.error().retryable());
  EXPECT_EQ(limited.retry_after, Duration(12'000));
}

TEST_P(ReceiverContract, NeverTakesLongerThanItMay) {
  (void)Send(*Make());
  EXPECT_LE(LastTimeout(), Duration(3000));
  http_.answer = Fail(ErrorCode::kTimeout, "timed out");
  smtp_.answer = Fail(ErrorCode::kTimeout, "timed out");
  EXPECT_TRUE(Send(*Make()).status.error().retryable());
}

TEST_P(ReceiverContract, LetsGoOfWhatNobodyWaitsForAnyMore) {
  http_.hangs = smtp_.hangs = true;
  bool called = false;
  auto attempt =
      Make()->Send(SampleNotification(), Duration(3000), [&](const SendResult&) { called = true; });
  ASSERT_EQ(sent(), 1U);
  EXPECT_EQ(http_.let_go + smtp_.let_go, 0U);
  attempt.reset();
  EXPECT_EQ(http_.let_go + smtp_.let_go, 1U);
  for (const auto& done : http_.pending) done(http::ClientResponse{200, {}, "ok", Duration(1)});
  EXPECT_TRUE(is_mail() || !called);
}

TEST_P(ReceiverContract, ErrorsHoldNoSecret) {
  const std::string url = std::string("https://hooks.example/") + kSecret;
  AnswerHttp(403, std::string("you are ") + kSecret + " at " + url);
  smtp_.answer = Fail(Error(ErrorCode::kPermission, "535 authentication failed"));
  const SendResult refused = Send(*Make());
  EXPECT_THAT(refused.status.error().ToString(), Not(HasSubstr(kSecret)));
  if (!is_mail()) {
    EXPECT_THAT(http_.requests.back().url + http_.requests.back().body +
                    std::string(http_.requests.back().headers.Get("Authorization")),
                HasSubstr(kSecret));
    EXPECT_TRUE(http_.requests.back().secret_path);
  }
}

TEST_P(ReceiverContract, ABrokenTemplateStillSendsWhatHappened) {
  const SendResult result = Send(*Make(kBroken));
  ASSERT_TRUE(result.status.has_value()) << result.status.error().ToString();
  ASSERT_TRUE(result.flaw.has_value());
  EXPECT_THAT(result.flaw->message(), HasSubstr("template of "));
  EXPECT_EQ(sent(), 1U);
  EXPECT_THAT(LastText(), HasSubstr("HighErrorRate"));
}

TEST_P(ReceiverContract, ABrokenTemplateOfAKeySendsNothing) {
  ReceiverOptions receiver = GetParam().make("x");
  for (auto& o : receiver.pagerduty)
    (o.routing_key.empty() ? o.service_key : o.routing_key).value = Secret(kBroken);
  for (auto& o : receiver.opsgenie) o.api_key.value = Secret(kBroken);
  for (auto& o : receiver.pushover) o.token.value = Secret(kBroken);
  for (auto& o : receiver.email) o.to = kBroken;
  if (receiver.pagerduty.empty() && receiver.opsgenie.empty() && receiver.pushover.empty() &&
      receiver.email.empty())
    return;  // the others have no template that nothing can be sent without
  const auto integration =
      MakeIntegrations(receiver, {http_, smtp_, clock_, templates_, "http://tocsin.example"}).at(0);
  EXPECT_FALSE(Send(*integration).status.error().retryable());
  EXPECT_EQ(sent(), 0U);
}

TEST_P(ReceiverContract, AMissingSecretFileIsTriedAgain) {
  ReceiverOptions receiver = GetParam().make("x");
  const SecretSource missing{Secret(), "/nowhere/secret"};
  for (auto& o : receiver.slack) (o.app_token.empty() ? o.api_url : o.app_token) = missing;
  for (auto& o : receiver.email) o.auth_password = missing;
  for (auto& o : receiver.webhook) o.url = missing;
  for (auto& o : receiver.discord) o.webhook_url = missing;
  for (auto& o : receiver.msteams) o.webhook_url = missing;
  for (auto& o : receiver.telegram) o.bot_token = missing;
  for (auto& o : receiver.pagerduty) (o.routing_key.empty() ? o.service_key : o.routing_key) = missing;
  for (auto& o : receiver.opsgenie) o.api_key = missing;
  for (auto& o : receiver.pushover) o.token = missing;
  const auto integration =
      MakeIntegrations(receiver, {http_, smtp_, clock_, templates_, "http://tocsin.example"}).at(0);
  const SendResult result = Send(*integration);
  ASSERT_FALSE(result.status.has_value());
  EXPECT_TRUE(result.status.error().retryable());
  EXPECT_EQ(sent(), 0U);
}

TEST_P(ReceiverContract, SendsHostileTextsWithoutBreaking) {
  const auto integration =
      MakeIntegrations(GetParam().make("{{ range .Alerts }}{{ .Labels }}{{ .Annotations }}{{ end }}"),
                       {http_, smtp_, clock_, templates_, "http://tocsin.example"})
          .at(0);
  EXPECT_TRUE(Send(*integration, HostileNotification()).status.has_value());
  for (const http::ClientRequest& request : http_.requests) {
    EXPECT_EQ(request.url.find_first_of(" \r\n<>\""), std::string::npos);
    for (const auto& [name, value] : request.headers)
      EXPECT_EQ((name + value).find_first_of("\r\n"), std::string::npos);
  }
}

TEST_P(ReceiverContract, NamesTheMessage) {
  (void)Send(*Make());
  const std::string id = SampleNotification().id;
  if (is_mail()) {
    EXPECT_THAT(smtp_.mails.back().data, HasSubstr("Message-ID: <tocsin." + id + "@example.org>"));
  } else {
    EXPECT_EQ(http_.requests.back().headers.Get("X-Tocsin-Notification-Id"), id);
  }
}

TEST_P(ReceiverContract, AMegabyteOfAnnotationIsBounded) {
  Notification notification = SampleNotification();
  model::Alert alert = *notification.alerts.front();
  alert.annotations = {{"summary", std::string(size_t{1} << 20, 'x')}};
  notification.alerts = {std::make_shared<const model::Alert>(std::move(alert))};
  const auto integration =
      MakeIntegrations(GetParam().make("{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}"),
                       {http_, smtp_, clock_, templates_, "http://tocsin.example"})
          .at(0);
  EXPECT_TRUE(Send(*integration, notification).status.has_value());
  EXPECT_LT(LastText().size(), size_t{4} << 20);
}

INSTANTIATE_TEST_SUITE_P(Every, ReceiverContract, ::testing::ValuesIn(AllKinds()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace tocsin::notify
