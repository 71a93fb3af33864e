#include "alerting/notify/notification_log.h"

#include "alerting/notify/kept/codec.h"

namespace tocsin::notify {

std::optional<LogEntry> NotificationLog::Find(const LogKey& key) const {
  std::string bytes;
  {
    const std::lock_guard lock(mutex_);
    const auto groups = entries_.find(key.integration);
    if (groups == entries_.end()) return std::nullopt;
    const auto found = groups->second.find(key.group_key);
    if (found == groups->second.end()) return std::nullopt;
    bytes = found->second.entry;
  }
  auto entry = DecodeLogEntry(bytes);
  if (!entry) return std::nullopt;  // can't be: we encoded it
  return *std::move(entry);
}

void NotificationLog::Put(const LogKey& key, const LogEntry& entry, Timestamp expires_at) {
  std::string bytes = EncodeLogEntry(entry);
  bytes.shrink_to_fit();
  const std::lock_guard lock(mutex_);
  if (keeper_) keeper_(key, &bytes, expires_at);
  entries_[key.integration].insert_or_assign(key.group_key, Kept{std::move(bytes), expires_at});
}

void NotificationLog::Restore(const LogKey& key, const LogEntry& entry, Timestamp expires_at) {
  const std::lock_guard lock(mutex_);
  entries_[key.integration].insert_or_assign(key.group_key, Kept{EncodeLogEntry(entry), expires_at});
}

void NotificationLog::Collect(Timestamp now) {
  const std::lock_guard lock(mutex_);
  for (auto& [integration, groups] : entries_) {
    std::erase_if(groups, [&, &id = integration](const auto& entry) {
      const auto& [group_key, kept] = entry;
      if (kept.expires_at > now) return false;
      if (keeper_) keeper_({group_key, id}, nullptr, now);
      return true;
    });
  }
}

}  // namespace tocsin::notify
