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
  if (newer.ResolvedAt(now)) {
    if (older.ResolvedAt(now)) merged.ends_at = std::max(older.ends_at, newer.ends_at);
  } else if (!older.timeout) {
    // An end that somebody named wins over an earlier one; one that we made up ourselves does not.
    merged.ends_at = std::max(older.ends_at, newer.ends_at);
  }
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

model::AlertPtr AlertStore::Find(const model::Labels& labels) const {
  const auto found = alerts_.find(labels);
  return found == alerts_.end() ? nullptr : found->second;
}

std::vector<model::Labels> AlertStore::Collect(Timestamp now, Duration keep) {
  std::vector<model::Labels> forgotten;
  for (auto entry = alerts_.begin(); entry != alerts_.end();) {
    const model::AlertPtr& alert = entry->second;
    if (!alert->ResolvedAt(now - keep) || alert.use_count() != 1) {
      ++entry;
      continue;
    }
    forgotten.push_back(entry->first);
    entry = alerts_.erase(entry);
  }
  return forgotten;
}

std::vector<model::AlertPtr> AlertStore::All() const {
  std::vector<model::AlertPtr> all;
  all.reserve(alerts_.size());
  for (const auto& [labels, alert] : alerts_) all.push_back(alert);
  return all;
}

}  // namespace tocsin::notify
