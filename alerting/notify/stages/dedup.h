// Asks the notification log whether the receiver has anything new to hear.
#pragma once

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

/// Alertmanager's rules, and one of ours: an alert whose first message was due but never got through is told
/// when the receiver is back, even when it is over by then.
class DedupStage final : public Stage {
 public:
  /// What is owed is remembered for `retention` after the last attempt.
  DedupStage(IntegrationId integration, bool send_resolved, std::shared_ptr<NotificationLog> log,
             Duration retention)
      : integration_(std::move(integration)),
        send_resolved_(send_resolved),
        log_(std::move(log)),
        retention_(retention) {}

  std::string_view name() const override { return "dedup"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  bool IsDue(const Passage& passage, const LogEntry& told) const;

  IntegrationId integration_;
  bool send_resolved_;
  std::shared_ptr<NotificationLog> log_;
  Duration retention_;
};

}  // namespace tocsin::notify
