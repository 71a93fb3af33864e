// What survives a restart: two notifiers, one after the other, on one file.
#include <filesystem>

#include <gmock/gmock.h>
#include <unistd.h>

#include "alerting/notify/kept/codec.h"
#include "alerting/notify/kept/tables.h"
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

class KeptTest : public ::testing::Test {
 public:
  KeptTest() {
    std::filesystem::remove_all(file_.parent_path());
    options_.route.receiver = "team";
    options_.route.group_wait = Duration(0);
    options_.route.group_interval = 2 * kSecond;
    ReceiverOptions team;
    team.name = "team";
    team.webhook.emplace_back();
    team.webhook[0].url.value = Secret("http://hooks.example/x");
    options_.receivers.push_back(std::move(team));
    Start();
  }
  ~KeptTest() override {
    Stop();
    std::filesystem::remove_all(file_.parent_path());
  }
  KeptTest(const KeptTest&) = delete;
  KeptTest& operator=(const KeptTest&) = delete;

 protected:
  void Start() {
    database_ = state::Database::Open(file_, Migrations(), {}, Logger()).value();
    auto log = std::make_shared<NotificationLog>(KeepLog(*database_));
    silences_ = std::make_shared<Silences>(executor_.clock(), SilenceLimits{}, KeepSilences(*database_));
    ASSERT_TRUE(RestoreLog(*database_, *log, Logger()).has_value());
    ASSERT_TRUE(RestoreSilences(*database_, *silences_, Logger()).has_value());
    notifier_ = std::make_unique<Notifier>(Notifier::Services{.executor = executor_,
                                                              .http = http_,
                                                              .smtp = smtp_,
                                                              .log = log,
                                                              .silences = silences_,
                                                              .keeper = KeepAlerts(*database_),
                                                              .pipeline = {},
                                                              .logger = Logger(),
                                                              .random = [] { return 0.5; }});
    ASSERT_TRUE(RestoreAlerts(*database_, *notifier_, Logger()).has_value());
    ASSERT_TRUE(notifier_->Apply(options_).has_value());
    executor_.Run();
  }
  void Stop() {
    notifier_.reset();
    database_.reset();
    executor_.Run();
  }
  void Restart(Duration after) {
    Stop();
    executor_.Advance(after);
    Start();
  }
  void Receive(const model::AlertPtr& alert) {
    notifier_->Receive(std::vector{alert});
    executor_.Advance(Duration(0));
  }
  Timestamp Now() { return executor_.clock().Now(); }

  const std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                      ("tocsin-kept-" + std::to_string(getpid()) + "-" +
                                       ::testing::UnitTest::GetInstance()->current_test_info()->name()) /
                                      "state.db";
  async::FakeExecutor executor_;
  FakeHttp http_;
  FakeSmtp smtp_;
  Options options_;
  std::unique_ptr<state::Database> database_;
  std::shared_ptr<Silences> silences_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(KeptTest, AlertThatWasToldIsNotToldAgainAfterARestart) {
  Receive(Firing({{"alertname", "Down"}}, Now()));
  ASSERT_THAT(http_.requests, SizeIs(1));
  Restart(10 * kSecond);
  executor_.Advance(kMinute);
  EXPECT_THAT(http_.requests, SizeIs(1));
}

TEST_F(KeptTest, AlertThatNobodySendsAgainIsToldToBeOver) {
  Receive(Firing({{"alertname", "Down"}}, Now(), kMinute));
  executor_.Advance(30 * kSecond);
  Restart(10 * kMinute);
  executor_.Advance(4 * kMinute);
  EXPECT_THAT(http_.requests, SizeIs(1)) << "it has resolve_timeout to be sent again";
  executor_.Advance(2 * kMinute);
  ASSERT_THAT(http_.requests, SizeIs(2));
  EXPECT_THAT(http_.requests[1].body, HasSubstr(R"("status":"resolved")"));
}

TEST_F(KeptTest, EndThatCouldNotBeToldIsToldAfterARestart) {
  auto alert = Firing({{"alertname", "Down"}}, Now());
  Receive(alert);
  executor_.Advance(kSecond);
  http_.answer = Fail(ErrorCode::kUnavailable, "connection refused");
  Receive(Resolved(alert, Now()));
  executor_.Advance(kMinute);
  const size_t tried = http_.requests.size();
  EXPECT_GT(tried, 1U);
  http_.answer = http::ClientResponse{200, {}, "", Duration(1)};
  Restart(Duration(0));
  executor_.Advance(kSecond);
  ASSERT_THAT(http_.requests, SizeIs(tried + 1));
  EXPECT_THAT(http_.requests.back().body, HasSubstr(R"("status":"resolved")"));
  EXPECT_EQ(http_.requests.back().headers.Get("X-Tocsin-Notification-Id"),
            http_.requests[tried - 1].headers.Get("X-Tocsin-Notification-Id"))
      << "the same message as before the restart";
  EXPECT_NE(http_.requests.back().headers.Get("X-Tocsin-Notification-Id"),
            http_.requests[0].headers.Get("X-Tocsin-Notification-Id"));
}

TEST_F(KeptTest, AlertThatWasOverBeforeTheEndDoesNotComeBack) {
  auto alert = Firing({{"alertname", "Down"}}, Now(), 10 * kSecond);
  Receive(alert);
  executor_.Advance(kMinute);
  ASSERT_THAT(http_.requests, SizeIs(2)) << "its end has passed and was told";
  Restart(kMinute);
  executor_.Advance(10 * kMinute);
  EXPECT_THAT(http_.requests, SizeIs(2));
}

TEST_F(KeptTest, SilencesAreThereAfterARestart) {
  Silence silence;
  silence.matchers = {model::Matcher::Equal("alertname", "Down")};
  silence.starts_at = Now();
  silence.ends_at = Now() + 60 * kMinute;
  auto id = silences_->Set(silence);
  Restart(kSecond);
  EXPECT_THAT(silences_->SilencedBy({{"alertname", "Down"}}), ::testing::ElementsAre(*id));
  Receive(Firing({{"alertname", "Down"}}, Now()));
  executor_.Advance(kMinute);
  EXPECT_THAT(http_.requests, SizeIs(0));
}

TEST(Codec, ReadsWhatItWrote) {
  const model::Labels labels{{"a", "1"}, {"b", std::string("x\0y\n", 4)}, {"ü", "€"}};
  EXPECT_EQ(DecodeLabels(EncodeLabels(labels)).value(), labels);
  LogEntry entry;
  entry.firing = {1, 2, UINT64_MAX};
  entry.owed = {3};
  entry.unended = {4};
  entry.began = {{"Down", Timestamp::FromMillis(5)}};
  EXPECT_EQ(DecodeLogEntry(EncodeLogEntry(entry)).value(), entry);
  entry.sent_at = Timestamp::FromMillis(-7);
  EXPECT_EQ(DecodeLogEntry(EncodeLogEntry(entry)).value(), entry);
}

TEST(Codec, RefusesBytesThatAreCutOrLie) {
  LogEntry entry;
  entry.firing = {1, 2};
  entry.began = {{"Down", Timestamp::FromMillis(5)}};
  const std::string good = EncodeLogEntry(entry);
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(DecodeLogEntry(good.substr(0, size)).has_value());
  EXPECT_FALSE(DecodeLogEntry(good + "x").has_value());
  const std::string many(8, '\xff');
  EXPECT_FALSE(DecodeLabels(many).has_value());
  EXPECT_FALSE(DecodeLabels(std::string("\x01\0\0\0\0\0\0\0", 8) + many + many).has_value());
}

}  // namespace
}  // namespace tocsin::notify
