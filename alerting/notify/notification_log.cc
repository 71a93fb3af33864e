#include "alerting/notify/notification_log.h"

namespace tocsin::notify {

std::optional<LogEntry> NotificationLog::Find(const LogKey& key) const {
  const std::lock_guard lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second.entry;
}

void NotificationLog::Put(const LogKey& key, LogEntry entry, Timestamp expires_at) {
  const std::lock_guard lock(mutex_);
  Kept& kept = entries_[key];
  kept = Kept{std::move(entry), expires_at};
  if (keeper_) keeper_(key, &kept.entry, expires_at);
}

void NotificationLog::Restore(const LogKey& key, LogEntry entry, Timestamp expires_at) {
  const std::lock_guard lock(mutex_);
  entries_[key] = Kept{std::move(entry), expires_at};
}

void NotificationLog::Collect(Timestamp now) {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.expires_at > now) {
      ++entry;
      continue;
    }
    if (keeper_) keeper_(entry->first, nullptr, now);
    entry = entries_.erase(entry);
  }
}

}  // namespace tocsin::notify
