// Dispatcher, groups and all stages in front of receivers that do what a test says.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "alerting/notify/dispatch/dispatcher.h"
#include "alerting/notify/stages/compose.h"
#include "tests/alerting/notify/fakes.h"

namespace tocsin::notify::testing {

/// A receiver "team" of fakes behind one route: wait 30s, interval 1m, repeat 4h.
class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() {
    route_.receiver = "team";
    route_.group_by = {"alertname"};
    route_.group_wait = 30 * kSecond;
    route_.group_interval = kMinute;
    route_.repeat_interval = 240 * kMinute;
  }

  std::shared_ptr<FakeIntegration> Add(bool send_resolved = true) {
    auto fake = std::make_shared<FakeIntegration>("team", send_resolved, integrations_.size());
    integrations_.push_back(fake);
    return fake;
  }

  void Start() {
    StageContext context;
    context.log = log_;
    context.inhibitor = inhibitor_;
    context.silences = silences_;
    context.intervals = std::make_shared<const TimeIntervals>(intervals_);
    context.pipeline = pipeline_;
    context.clock = &executor_.clock();
    context.backoff.random = [] { return 0.5; };
    std::map<std::string, Exits> receivers;
    for (const auto& integration : integrations_) {
      receivers["team"].push_back(
          {integration->id(), ComposeStages(integration, std::make_shared<IntegrationCounters>(), context)});
    }
    dispatcher_ =
        std::make_shared<Dispatcher>(executor_, executor_.MakeStrand(), route_, receivers, Logger());
  }

  void Dispatch(const model::AlertPtr& alert) {
    inhibitor_->Update(alert);
    dispatcher_->Dispatch(alert);
    executor_.Run();
  }
  /// How many there are, once the empty ones have gone.
  size_t Groups() {
    dispatcher_->RetireEmptyGroups();
    executor_.Run();
    return dispatcher_->group_count();
  }
  Timestamp Now() { return executor_.clock().Now(); }
  model::AlertPtr Alert(const char* name) { return Firing({{"alertname", "Down"}, {"name", name}}, Now()); }

  async::FakeExecutor executor_;
  std::shared_ptr<NotificationLog> log_ = std::make_shared<NotificationLog>();
  std::shared_ptr<Inhibitor> inhibitor_ = std::make_shared<Inhibitor>(std::vector<InhibitRuleOptions>{});
  std::shared_ptr<Silences> silences_ = std::make_shared<Silences>(executor_.clock());
  std::vector<NamedTimeInterval> intervals_;
  PipelineOptions pipeline_;
  std::vector<std::shared_ptr<FakeIntegration>> integrations_;
  RouteOptions route_;
  std::shared_ptr<Dispatcher> dispatcher_;
};

}  // namespace tocsin::notify::testing
