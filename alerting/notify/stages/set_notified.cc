#include "alerting/notify/stages/set_notified.h"

#include <algorithm>

namespace tocsin::notify {
namespace {

void Record(const Passage& passage, const model::Alert& alert, bool keep_beginning, LogEntry& entry) {
  const uint64_t id = alert.labels.Fingerprint();
  if (!passage.firing.contains(id)) {
    entry.unended.erase(id);
    return;
  }
  entry.unended.insert(id);
  if (keep_beginning && !passage.told.firing.contains(id)) {
    entry.began[std::string(alert.labels.Get(model::kAlertName))] = passage.notification.now;
  }
}

}  // namespace

void SetNotifiedStage::Enter(const PassagePtr& passage, Next next) const {
  const Timestamp now = passage->notification.now;
  LogEntry entry;
  entry.sent_at = now;
  entry.firing = passage->firing;
  entry.resolved = passage->resolved;
  entry.unended = passage->told.unended;
  entry.began = passage->told.began;
  entry.thread = passage->thread;
  const bool keep_beginnings = cooldown_ > Duration(0);
  for (const model::AlertPtr& alert : passage->notification.alerts) {
    Record(*passage, *alert, keep_beginnings, entry);
  }
  std::erase_if(entry.began, [&](const auto& began) { return began.second + cooldown_ <= now; });
  if (!tells_ends_) entry.unended.clear();
  Timestamp expires_at = clock_.Now() + std::min(2 * passage->route->repeat_interval(), retention_);
  log_->Put({passage->notification.group_key, integration_}, entry, expires_at);
  next(Onward::kNext);
}

}  // namespace tocsin::notify
