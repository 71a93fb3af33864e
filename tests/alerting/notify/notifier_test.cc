#include "alerting/notify/notifier.h"

#include <gmock/gmock.h>

#include "tests/alerting/notify/fakes.h"
#include "tests/alerting/notify/services.h"

namespace tocsin::notify {
namespace {

using testing::FakeHttp;
using testing::FakeSmtp;
using testing::Firing;
using ::testing::HasSubstr;
using testing::kMinute;
using testing::kSecond;
using testing::Resolved;
using ::testing::SizeIs;

class NotifierTest : public ::testing::Test {
 protected:
  NotifierTest() {
    options_.route.receiver = "team";
    options_.route.group_by = {"alertname"};
    options_.route.group_wait = Duration(0);
    options_.route.group_interval = 2 * kSecond;
    ReceiverOptions team;
    team.name = "team";
    team.slack.emplace_back();
    team.slack[0].send_resolved = true;
    team.slack[0].api_url.value = Secret("https://hooks.slack.example/x");
    team.email.emplace_back();
    team.email[0].to = "ops@example.org";
    team.email[0].from = "tocsin@example.org";
    team.email[0].smarthost = "127.0.0.1:25";
    options_.receivers.push_back(std::move(team));
  }

  void Receive(const model::AlertPtr& alert) {
    notifier_.Receive(std::vector{alert});
    executor_.Advance(Duration(0));
  }
  Timestamp Now() { return executor_.clock().Now(); }

  async::FakeExecutor executor_;
  FakeHttp http_;
  FakeSmtp smtp_;
  Options options_;
  Notifier notifier_{{.executor = executor_,
                      .http = http_,
                      .smtp = smtp_,
                      .log = std::make_shared<NotificationLog>(),
                      .silences = std::make_shared<Silences>(executor_.clock()),
                      .keeper = nullptr,
                      .pipeline = {},
                      .logger = Logger(),
                      .random = [] { return 0.5; }}};
};

TEST_F(NotifierTest, AlertReachesSlackAndMailAtOnceAndItsEndWithinTheInterval) {
  ASSERT_TRUE(notifier_.Apply(options_).has_value());
  auto alert = Firing({{"alertname", "FailoverDetected"}}, Now());
  Receive(alert);
  ASSERT_THAT(http_.requests, SizeIs(1));
  EXPECT_THAT(http_.requests[0].body, HasSubstr("[FIRING:1] FailoverDetected"));
  ASSERT_THAT(smtp_.mails, SizeIs(1));
  executor_.Advance(kSecond);
  Receive(Resolved(alert, Now()));
  executor_.Advance(kSecond);
  ASSERT_THAT(http_.requests, SizeIs(2));
  EXPECT_THAT(http_.requests[1].body, HasSubstr("[RESOLVED] FailoverDetected"));
  EXPECT_THAT(smtp_.mails, SizeIs(1)) << "its send_resolved is false";
}

TEST_F(NotifierTest, DeadSlackDelaysTheMessageAndHoldsUpNoMail) {
  ASSERT_TRUE(notifier_.Apply(options_).has_value());
  http_.answer = Fail(ErrorCode::kUnavailable, "connection refused");
  Receive(Firing({{"alertname", "Down"}}, Now()));
  EXPECT_THAT(smtp_.mails, SizeIs(1));
  executor_.Advance(3 * kMinute);
  size_t failed = http_.requests.size();
  http_.answer = http::ClientResponse{200, {}, "ok", Duration(1)};
  executor_.Advance(kMinute);
  EXPECT_THAT(http_.requests, SizeIs(failed + 1));
  auto stats = notifier_.Stats();
  ASSERT_THAT(stats, SizeIs(2));
  EXPECT_EQ(stats[1].integration.ToString(), "team/slack[0]");
  EXPECT_EQ(stats[1].attempts_failed, failed);
  EXPECT_GT(stats[1].notifications_failed, 0U);
  EXPECT_EQ(stats[0].attempts_failed, 0U);
}

TEST_F(NotifierTest, ReloadKeepsAlertsAndWhatWasTold) {
  Receive(Firing({{"alertname", "Early"}}, Now()));
  ASSERT_TRUE(notifier_.Apply(options_).has_value());
  executor_.Advance(Duration(0));
  EXPECT_THAT(http_.requests, SizeIs(1)) << "an alert from before the first configuration is told";
  ASSERT_TRUE(notifier_.Apply(options_).has_value());
  executor_.Advance(kMinute);
  EXPECT_THAT(http_.requests, SizeIs(1)) << "what was told is not told again";
}

TEST_F(NotifierTest, BadConfigurationChangesNothing) {
  ASSERT_TRUE(notifier_.Apply(options_).has_value());
  Options bad = options_;
  bad.route.routes.emplace_back();
  bad.route.routes[0].receiver = "nosuch";
  auto applied = notifier_.Apply(bad);
  ASSERT_FALSE(applied.has_value());
  EXPECT_THAT(ToString(applied.error()), HasSubstr("undefined receiver \"nosuch\""));
  Receive(Firing({{"alertname", "Down"}}, Now()));
  EXPECT_THAT(http_.requests, SizeIs(1));
}

}  // namespace
}  // namespace tocsin::notify
