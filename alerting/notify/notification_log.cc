#include "alerting/notify/notification_log.h"

namespace tocsin::notify {

std::optional<LogEntry> MemoryNotificationLog::Find(const LogKey& key) const {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second.entry;
}

void MemoryNotificationLog::Put(const LogKey& key, LogEntry entry, Timestamp expires_at) {
  std::lock_guard lock(mutex_);
  entries_[key] = Kept{std::move(entry), expires_at};
}

void MemoryNotificationLog::Collect(Timestamp now) {
  std::lock_guard lock(mutex_);
  std::erase_if(entries_, [now](const auto& entry) { return entry.second.expires_at <= now; });
}

}  // namespace tocsin::notify
