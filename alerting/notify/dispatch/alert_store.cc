#include "alerting/notify/dispatch/alert_store.h"

namespace tocsin::notify {
namespace {

bool Overlap(const model::Alert& known, const model::Alert& sent) {
  return (sent.ends_at > known.starts_at && sent.ends_at < known.ends_at) ||
         (sent.starts_at > known.starts_at && sent.starts_at < known.ends_at);
}

}  // namespace

model::Alert MergeAlerts(const model::Alert& older, const model::Alert& newer, Timestamp now) {
  if (newer.updated_at < older.updated_at) return MergeAlerts(newer, older, now);
  model::Alert merged = newer;
  merged.starts_at = std::min(older.starts_at, newer.starts_at);
  // The end of one that was resolved is a fact, that of a firing one a promise to call again until then.
  bool comparable = newer.ResolvedAt(now) ? older.ResolvedAt(now) : true;
  if (comparable) merged.ends_at = std::max(older.ends_at, newer.ends_at);
  return merged;
}

std::optional<model::AlertPtr> AlertStore::Put(const model::AlertPtr& alert, Timestamp now) {
  auto [place, is_new] = alerts_.try_emplace(alert->labels, alert);
  if (is_new) return alert;
  const model::Alert& known = *place->second;
  if (known.ResolvedAt(now) && known.ends_at == alert->ends_at && known.starts_at == alert->starts_at) {
    return std::nullopt;
  }
  model::AlertPtr merged = alert;
  if (Overlap(known, *alert)) merged = std::make_shared<const model::Alert>(MergeAlerts(known, *alert, now));
  place->second = merged;
  return merged;
}

void AlertStore::Collect(Timestamp now, Duration keep) {
  std::erase_if(alerts_, [&](const auto& entry) {
    const model::AlertPtr& alert = entry.second;
    return alert->ResolvedAt(now - keep) && alert.use_count() == 1;
  });
}

std::vector<model::AlertPtr> AlertStore::All() const {
  std::vector<model::AlertPtr> all;
  all.reserve(alerts_.size());
  for (const auto& [labels, alert] : alerts_) all.push_back(alert);
  return all;
}

}  // namespace tocsin::notify
