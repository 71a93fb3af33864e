// Notes in the notification log, before the first attempt, of which alerts the receiver is to hear for the
// first time: a message that never gets through is not forgotten, not even by a process that is killed.
#pragma once

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

class OweStage final : public Stage {
 public:
  /// What is owed is remembered for `retention` after the last attempt.
  OweStage(IntegrationId integration, std::shared_ptr<NotificationLog> log, Duration retention)
      : integration_(std::move(integration)), log_(std::move(log)), retention_(retention) {}

  std::string_view name() const override { return "owe"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  IntegrationId integration_;
  std::shared_ptr<NotificationLog> log_;
  Duration retention_;
};

}  // namespace tocsin::notify
