// Holds back what begins again too soon. Alertmanager has no such thing: it is the ALERT_COOLDOWN_SEC of the
// watcher that this engine replaces, and off unless --notify.cooldown is set.
#pragma once

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

/// Keyed by the integration, the group's labels and the alertname: once the receiver was told that an alert
/// begins, another beginning of that key is told when the cooldown is over, if it still fires. Ends and
/// repetitions are never held.
class CooldownStage final : public Stage {
 public:
  CooldownStage(Duration cooldown, bool send_resolved) : cooldown_(cooldown), send_resolved_(send_resolved) {}

  std::string_view name() const override { return "cooldown"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  Duration cooldown_;
  bool send_resolved_;
};

}  // namespace tocsin::notify
