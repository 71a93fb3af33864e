#include "alerting/notify/evidence/evidence.h"

#include <gmock/gmock.h>

#include "alerting/notify/notifier.h"
#include "tests/alerting/notify/fakes.h"
#include "tests/alerting/notify/services.h"

namespace tocsin::notify {
namespace {

using testing::FakeHttp;
using testing::FakeSmtp;
using ::testing::HasSubstr;
using testing::kSecond;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kPage = R"({"lines": [
  {"time": "2026-11-20T20:13:00.250Z", "classes": ["retry"], "pool": "green", "cut": false,
   "fields": {"request": "GET /api HTTP/1.1", "status": "200", "upstream_addr": "a:1, b:2", "upstream_status": "500, 200",
              "request_time": "0.012"}, "line": "raw one"},
  {"time": "x", "fields": {}, "line": "raw\ttwo \u0007", "cut": false}]})";

model::AlertPtr Asking(Timestamp now, const std::string& evidence = "class=failover&pool=green") {
  model::Alert alert;
  alert.labels = {{"alertname", "FailoverDetected"}};
  alert.annotations = {{"evidence", evidence}, {"summary", "s"}};
  alert.starts_at = now;
  alert.ends_at = now + 600 * kSecond;
  alert.updated_at = now;
  return std::make_shared<const model::Alert>(std::move(alert));
}

TEST(EvidenceLines, AreWhatAReaderWantsOfALine) {
  EXPECT_THAT(
      EvidenceLines(kPage),
      ::testing::ElementsAre("20:13:00 GET /api 200, upstream a:1, b:2: 500, 200 in 0.012 s", "raw two  "));
  for (const char* odd : {"", "[]", "{}", R"({"lines": 5})", R"({"lines": [1, {"fields": 2}]})"})
    EXPECT_THAT(EvidenceLines(odd), SizeIs(0)) << odd;
}

TEST(EvidenceLines, AreBounded) {
  std::string page = R"({"lines": [)";
  for (int i = 0; i < 9; ++i) page += (i > 0 ? "," : "") + (R"({"line": ")" + std::string(2000, 'x') + "\"}");
  const auto lines = EvidenceLines(page + "]}");
  ASSERT_THAT(lines, SizeIs(Evidence::kMaxLines));
  EXPECT_EQ(lines[0].size(), Evidence::kMaxLineBytes);
}

TEST(EvidenceQuery, HoldsClassAndPoolOnlyAndEscapesThem) {
  const Timestamp now = Timestamp::FromMillis(0);
  EXPECT_EQ(Evidence::QueryOf(*Asking(now, "class=error")), "class=error&limit=5");
  EXPECT_EQ(Evidence::QueryOf(*Asking(now, "class=slow&pool=a b/..")), "class=slow&pool=a%20b%2F..&limit=5");
  EXPECT_EQ(Evidence::QueryOf(*Asking(now, "url=http://evil/")), std::nullopt);
  EXPECT_EQ(Evidence::QueryOf(*Asking(now, "")), std::nullopt);
}

class EvidenceTest : public ::testing::Test {
 protected:
  EvidenceTest() {
    Options options;
    options.route.receiver = "team";
    options.route.group_by = {"alertname"};
    options.route.group_wait = Duration(0);
    options.route.group_interval = 2 * kSecond;
    ReceiverOptions team;
    team.name = "team";
    team.slack.emplace_back();
    team.slack[0].api_url.value = Secret("https://hooks.slack.example/x");
    team.email.emplace_back();
    team.email[0].to = team.email[0].from = "a@example.org";
    team.email[0].smarthost = "127.0.0.1:25";
    options.receivers.push_back(std::move(team));
    EXPECT_TRUE(notifier_.Apply(options).has_value());
    executor_.Advance(Duration(0));
  }
  std::vector<http::ClientRequest> Targets() {
    asked_++;
    std::vector<http::ClientRequest> requests(targets_);
    for (size_t i = 0; i < targets_; ++i) requests[i].url = "http://target" + std::to_string(i) + "/evidence";
    return requests;
  }
  void FromRules(const model::AlertPtr& alert) {
    notifier_.Receive(std::vector{alert});
    executor_.Advance(Duration(0));
  }
  Timestamp Now() { return executor_.clock().Now(); }
  /// Messages to Slack so far.
  std::vector<std::string> Messages() const {
    std::vector<std::string> bodies;
    for (const auto& request : http_.requests) {
      if (request.url.find("slack") != std::string::npos) bodies.push_back(request.body);
    }
    return bodies;
  }

  async::FakeExecutor executor_;
  FakeHttp http_;
  FakeSmtp smtp_;
  size_t targets_ = 1;
  int asked_ = 0;
  Notifier notifier_{{.executor = executor_,
                      .http = http_,
                      .smtp = smtp_,
                      .log = std::make_shared<NotificationLog>(),
                      .silences = std::make_shared<Silences>(executor_.clock()),
                      .keeper = nullptr,
                      .pipeline = {},
                      .logger = Logger(),
                      .evidence_targets = [this](const model::Alert&) { return Targets(); },
                      .random = [] { return 0.5; }}};
};

TEST_F(EvidenceTest, LinesAreInTheFirstMessage) {
  http_.next = {http::ClientResponse{200, {}, kPage, Duration(1)}};
  FromRules(Asking(Now()));
  EXPECT_EQ(http_.requests.at(0).url, "http://target0/evidence?class=failover&pool=green&limit=5");
  EXPECT_LE(http_.requests.at(0).timeout, Evidence::kPatience);
  ASSERT_THAT(Messages(), SizeIs(1));
  EXPECT_THAT(Messages()[0], HasSubstr("20:13:00 GET /api 200"));
  EXPECT_THAT(smtp_.mails.at(0).data, HasSubstr("20:13:00 GET /api 200"));
}

TEST_F(EvidenceTest, IsAskedOnceAndKeptWithTheAlert) {
  http_.next = {http::ClientResponse{200, {}, kPage, Duration(1)}};
  const auto alert = Asking(Now());
  FromRules(alert);
  executor_.Advance(kSecond);
  FromRules(alert);  // as rules say it again
  EXPECT_EQ(asked_, 1);
  std::optional<View> view;
  notifier_.Look([&](View v) { view = std::move(v); });
  executor_.Run();
  EXPECT_THAT(std::string(view->alerts.at(0)->annotations.Get("log_lines")), HasSubstr("raw two"));
}

TEST_F(EvidenceTest, AHangingTargetDelaysOneAlertByLittleAndNoneAfterIt) {
  http_.hangs = true;
  FromRules(Asking(Now()));
  http_.hangs = false;
  EXPECT_THAT(Messages(), SizeIs(0));
  executor_.Advance(Evidence::kPatience);
  ASSERT_THAT(Messages(), SizeIs(1));
  EXPECT_THAT(Messages()[0], Not(HasSubstr("```")));
  auto other = *Asking(Now());
  other.labels = {{"alertname", "Other"}};
  FromRules(std::make_shared<const model::Alert>(other));
  EXPECT_THAT(Messages(), SizeIs(2));
}

TEST_F(EvidenceTest, ARefusedConnectionDelaysNothing) {
  http_.next = {Fail(ErrorCode::kUnavailable, "connection refused")};
  FromRules(Asking(Now()));
  EXPECT_THAT(Messages(), SizeIs(1));
}

TEST_F(EvidenceTest, AlertsFromOutsideGetNone) {
  notifier_.Receive(std::vector{Asking(Now())}, nullptr);
  executor_.Advance(Duration(0));
  EXPECT_EQ(asked_, 0);
  EXPECT_THAT(Messages(), SizeIs(1));
}

TEST_F(EvidenceTest, WhatTheRulesSayMeanwhileIsWhatIsTold) {
  http_.hangs = true;
  const auto alert = Asking(Now());
  FromRules(alert);
  http_.hangs = false;
  auto over = *alert;
  over.ends_at = Now();
  FromRules(std::make_shared<const model::Alert>(over));
  executor_.Advance(Evidence::kPatience);
  EXPECT_THAT(Messages(), SizeIs(0)) << "it was over before anybody was told";
}

TEST_F(EvidenceTest, OnlySoManyTargetsAndAlertsAreAskedAtOnce) {
  targets_ = 50;
  http_.hangs = true;
  for (size_t i = 0; i < 2 * Evidence::kMaxInquiries; ++i) {
    auto alert = *Asking(Now());
    alert.labels = {{"alertname", "A"}, {"i", std::to_string(i)}};
    FromRules(std::make_shared<const model::Alert>(alert));
  }
  size_t pages = 0;
  for (const auto& request : http_.requests)
    pages += request.url.find("/evidence") != std::string::npos ? 1 : 0;
  EXPECT_EQ(pages, Evidence::kMaxInquiries * Evidence::kMaxTargets);
}

TEST_F(EvidenceTest, HostileLinesBreakNothing) {
  http_.next = {http::ClientResponse{
      200, {}, R"({"lines": [{"line": "<!channel> ``` <script>alert(1)</script>"}]})", Duration(1)}};
  FromRules(Asking(Now()));
  EXPECT_THAT(Messages().at(0), Not(HasSubstr("<!channel>")));
  EXPECT_THAT(Messages().at(0), Not(HasSubstr("\u003c!channel")));
  EXPECT_THAT(Messages().at(0), Not(HasSubstr(" ``` ")));
  const std::string& mail = smtp_.mails.at(0).data;
  const size_t html = mail.find("Content-Type: text/html");
  ASSERT_NE(html, std::string::npos);
  EXPECT_THAT(mail.substr(html), Not(HasSubstr("<script>alert")));
}

}  // namespace
}  // namespace tocsin::notify
