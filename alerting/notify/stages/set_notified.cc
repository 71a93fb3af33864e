#include "alerting/notify/stages/set_notified.h"

#include <algorithm>

namespace tocsin::notify {

void SetNotifiedStage::Enter(const PassagePtr& passage, Next next) const {
  LogEntry entry;
  entry.sent_at = passage->notification.now;
  entry.firing = passage->firing;
  entry.resolved = passage->resolved;
  Timestamp expires_at = clock_.Now() + std::min(2 * passage->repeat_interval, retention_);
  log_->Put({passage->notification.group_key, integration_}, std::move(entry), expires_at);
  next(Onward::kNext);
}

}  // namespace tocsin::notify
