#include "alerting/notify/stages/cooldown.h"

#include <algorithm>

#include "alerting/notify/stages/dedup.h"

namespace tocsin::notify {

void CooldownStage::Enter(const PassagePtr& passage, Next next) const {
  Notification& notification = passage->notification;
  std::erase_if(notification.alerts, [&](const model::AlertPtr& alert) {
    const uint64_t id = alert->labels.Fingerprint();
    if (!passage->firing.contains(id) || passage->told.firing.contains(id)) return false;
    auto began = passage->told.began.find(std::string(alert->labels.Get(model::kAlertName)));
    if (began == passage->told.began.end()) return false;
    const Timestamp over = began->second + cooldown_;
    if (over <= notification.now) return false;
    passage->again_at = std::min(over, passage->again_at.value_or(over));
    passage->firing.erase(id);
    return true;
  });
  if (!passage->again_at) return next(Onward::kNext);
  notification.reason = WhyDue(*passage, send_resolved_);
  next(notification.reason.empty() ? Onward::kEnd : Onward::kNext);
}

}  // namespace tocsin::notify
