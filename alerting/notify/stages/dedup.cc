#include "alerting/notify/stages/dedup.h"

#include <algorithm>

namespace tocsin::notify {
namespace {

bool IsSubset(const AlertIds& part, const AlertIds& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

bool Intersect(const AlertIds& a, const AlertIds& b) {
  return std::any_of(a.begin(), a.end(), [&](uint64_t id) { return b.contains(id); });
}

}  // namespace

void DedupStage::Enter(const PassagePtr& passage, Next next) const {
  for (const model::AlertPtr& alert : passage->notification.alerts) {
    bool firing = passage->notification.IsFiring(*alert);
    (firing ? passage->firing : passage->resolved).insert(alert->labels.Fingerprint());
  }
  LogKey key{passage->notification.group_key, integration_};
  LogEntry told = log_->Find(key).value_or(LogEntry{});
  passage->owed = told.owed;
  if (!IsDue(*passage, told)) return next(Onward::kEnd);

  // Written before the attempt, so that a message which never gets through is not forgotten.
  for (uint64_t id : passage->firing) {
    if (!told.firing.contains(id)) told.owed.insert(id);
  }
  passage->owed = told.owed;
  log_->Put(key, std::move(told), passage->notification.now + retention_);
  next(Onward::kNext);
}

bool DedupStage::IsDue(const Passage& passage, const LogEntry& told) const {
  if (Intersect(passage.resolved, told.owed)) return true;
  if (!told.sent_at) return !passage.firing.empty();
  if (!IsSubset(passage.firing, told.firing)) return true;
  // The end of everything is due irrespective of send_resolved, so that the log forgets what was firing. When
  // the last message had nothing firing, alerts came and went since, and the receiver knows of none of them.
  if (passage.firing.empty()) return !told.firing.empty();
  if (send_resolved_ && !IsSubset(passage.resolved, told.resolved)) return true;
  return *told.sent_at + passage.repeat_interval <= passage.notification.now;
}

}  // namespace tocsin::notify
