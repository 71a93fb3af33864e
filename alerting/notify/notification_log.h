// What each receiver was told last about each group. It decides whether there is anything new to say.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "alerting/notify/notification.h"
#include "base/time.h"

namespace tocsin::notify {

/// Fingerprints of alerts' label sets.
using AlertIds = std::set<uint64_t>;

struct LogKey {
  std::string group_key;
  IntegrationId integration;
  friend auto operator<=>(const LogKey&, const LogKey&) = default;
};

struct LogEntry {
  /// When the receiver was last told something; nullopt when nothing has reached it yet.
  std::optional<Timestamp> sent_at;
  AlertIds firing;    ///< what was firing in that message
  AlertIds resolved;  ///< what was resolved in it
  /// Alerts of which the receiver was to hear for the first time, in a message that has not reached it yet.
  /// They are told even when they are over by the time the receiver is back.
  AlertIds owed;
};

/// Thread safe.
class NotificationLog {
 public:
  virtual ~NotificationLog() = default;
  virtual std::optional<LogEntry> Find(const LogKey& key) const = 0;
  virtual void Put(const LogKey& key, LogEntry entry, Timestamp expires_at) = 0;
  /// Forgets entries that expired.
  virtual void Collect(Timestamp now) = 0;
};

/// Lives as long as the process.
class MemoryNotificationLog final : public NotificationLog {
 public:
  std::optional<LogEntry> Find(const LogKey& key) const override;
  void Put(const LogKey& key, LogEntry entry, Timestamp expires_at) override;
  void Collect(Timestamp now) override;

 private:
  struct Kept {
    LogEntry entry;
    Timestamp expires_at;
  };
  mutable std::mutex mutex_;
  std::map<LogKey, Kept> entries_;
};

}  // namespace tocsin::notify
