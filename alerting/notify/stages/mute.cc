#include "alerting/notify/stages/mute.h"

namespace tocsin::notify {

Onward Mute(Passage& passage, const std::function<bool(const model::Alert&)>& is_muted) {
  Notification& notification = passage.notification;
  std::erase_if(notification.alerts, [&](const model::AlertPtr& alert) {
    const bool awaited = !passage.ends_awaited.empty() && !notification.IsFiring(*alert) &&
                         passage.ends_awaited.contains(alert->labels.Fingerprint());
    return !awaited && is_muted(*alert);
  });
  return notification.alerts.empty() ? Onward::kEnd : Onward::kNext;
}

}  // namespace tocsin::notify
