// A notifier on a state file, to be ended and begun anew.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "alerting/notify/kept/tables.h"
#include "tests/alerting/notify/fakes.h"
#include "tests/alerting/notify/services.h"

namespace tocsin::notify::testing {

/// One route to one webhook: no wait, an interval of two seconds.
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
                                                              .pipeline = pipeline_,
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

  static std::string TestName() {
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::replace(name.begin(), name.end(), '/', '-');
    return name;
  }

  const std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                      ("tocsin-kept-" + std::to_string(getpid()) + "-" + TestName()) /
                                      "state.db";
  async::FakeExecutor executor_;
  FakeHttp http_;
  FakeSmtp smtp_;
  Options options_;
  PipelineOptions pipeline_;
  std::unique_ptr<state::Database> database_;
  std::shared_ptr<Silences> silences_;
  std::unique_ptr<Notifier> notifier_;
};

}  // namespace tocsin::notify::testing
