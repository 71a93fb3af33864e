#include "alerting/notify/stages/dedup.h"

#include <algorithm>
#include <string_view>

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
  passage->notification.reason = WhyDue(*passage, send_resolved_);
  next(passage->notification.reason.empty() ? Onward::kEnd : Onward::kNext);
}

std::string_view WhyDue(const Passage& passage, bool send_resolved) {
  const LogEntry& told = passage.told;
  const bool owed = Intersect(passage.resolved, told.owed);
  if (!owed && !told.sent_at && passage.firing.empty()) return "";
  if (owed || !told.sent_at || !IsSubset(passage.firing, told.firing)) {
    return told.firing.empty() ? "first notification" : "new alerts added";
  }
  // The end of everything is due irrespective of send_resolved, so that the log forgets what was firing. When
  // the last message had nothing firing, alerts came and went since, and the receiver knows of none of them.
  if (passage.firing.empty()) {
    const bool awaited = !told.firing.empty() || Intersect(passage.resolved, passage.ends_awaited);
    return awaited ? "all alerts resolved" : "";
  }
  if (send_resolved && !IsSubset(passage.resolved, told.resolved)) return "some alerts resolved";
  const bool repeat = *told.sent_at + passage.route->repeat_interval() <= passage.notification.now;
  return repeat ? "repeat interval elapsed" : "";
}

}  // namespace tocsin::notify
