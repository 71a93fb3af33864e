// Records in the notification log what the receiver has just been told.
#pragma once

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

class SetNotifiedStage final : public Stage {
 public:
  /// `clock` must outlive the stage. Entries are kept for twice the repeat interval, at most `retention`.
  SetNotifiedStage(IntegrationId integration, std::shared_ptr<NotificationLog> log, const Clock& clock,
                   Duration retention)
      : integration_(std::move(integration)), log_(std::move(log)), clock_(clock), retention_(retention) {}

  std::string_view name() const override { return "set_notified"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  IntegrationId integration_;
  std::shared_ptr<NotificationLog> log_;
  const Clock& clock_;
  Duration retention_;
};

}  // namespace tocsin::notify
