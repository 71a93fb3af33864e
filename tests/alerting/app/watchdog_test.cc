#include "alerting/watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"

namespace tocsin::app {
namespace {

/// Answers every request with one status.
class SwitchServer final : public http::Client {
 public:
  std::unique_ptr<Handle> Send(http::ClientRequest request, http::Done done) override {
    asked.push_back(request.url);
    http::ClientResponse response;
    response.status = status;
    done(std::move(response));
    return std::make_unique<Handle>();
  }
  std::vector<std::string> asked;
  int status = 200;
};

class WatchdogTest : public ::testing::Test {
 protected:
  WatchdogTest() {
    auto spec = std::make_shared<rules::GroupSpec>();
    spec->name = "g";
    spec->file = "r.yml";
    spec->interval = Duration(60'000);
    group_->spec = spec;
    watchdog_.Start();
    executor_.Run();
  }

  async::FakeExecutor executor_;
  SwitchServer server_;
  std::shared_ptr<rules::GroupSnapshot> group_ = std::make_shared<rules::GroupSnapshot>();
  std::vector<notify::IntegrationStats> notifications_;
  AlertmanagerStats alertmanagers_;
  Watchdog watchdog_{{Secret("http://switch.example/id"), Duration(30'000)},
                     {[this] { return std::vector<std::shared_ptr<const rules::GroupSnapshot>>{group_}; },
                      [this] { return notifications_; }, [this] { return alertmanagers_; }},
                     executor_,
                     server_,
                     Logger()};
};

TEST_F(WatchdogTest, CallsAtItsIntervalWhileAllIsWell) {
  executor_.Advance(Duration(95'000));
  EXPECT_THAT(server_.asked, ::testing::ElementsAre("http://switch.example/id", "http://switch.example/id",
                                                    "http://switch.example/id"));
  server_.status = 503;
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(watchdog_.stats().calls, 4U);
  EXPECT_EQ(watchdog_.stats().calls_failed, 1U);
}

TEST_F(WatchdogTest, IsSilentWhileAGroupIsNotEvaluated) {
  executor_.Advance(Duration(190'000));
  EXPECT_EQ(server_.asked.size(), 6U) << "a group has three intervals and ten seconds";
  executor_.Advance(Duration(60'000));
  EXPECT_EQ(server_.asked.size(), 6U);
  EXPECT_EQ(watchdog_.stats().withheld, 2U);
  group_->last_evaluation = executor_.clock().Now();
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(server_.asked.size(), 6U) << "an evaluation of which every rule failed";
  group_->last_success = executor_.clock().Now();
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(server_.asked.size(), 7U);
}

TEST_F(WatchdogTest, IsSilentWhileNoMessageGetsThrough) {
  notifications_.push_back({{"team", "slack", 0}, 5, 0, 5, 0});
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(server_.asked.size(), 1U);
  notifications_[0].attempts += 2;
  notifications_[0].attempts_failed += 2;
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(server_.asked.size(), 1U);
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(server_.asked.size(), 1U) << "nothing was tried since, so nothing got through";
  notifications_[0].attempts += 2;
  notifications_[0].attempts_failed += 1;
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(server_.asked.size(), 2U) << "one got through";
}

TEST_F(WatchdogTest, IsSilentWhileNoAlertmanagerTakesAlerts) {
  alertmanagers_.dropped = 3;
  executor_.Advance(Duration(60'000));
  EXPECT_EQ(server_.asked.size(), 0U);
  alertmanagers_.errors = 3;
  alertmanagers_.taken = 1;
  executor_.Advance(Duration(30'000));
  EXPECT_EQ(server_.asked.size(), 1U) << "one of them took it";
}

}  // namespace
}  // namespace tocsin::app
