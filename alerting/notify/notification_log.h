// What each receiver was told last about each group. It decides whether there is anything new to say.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "alerting/notify/notification.h"
#include "base/time.h"

namespace tocsin::notify {

/// Fingerprints of alerts' label sets.
using AlertIds = std::set<uint64_t>;

struct LogKey {
  GroupKey group_key;
  IntegrationId integration;
};

struct LogEntry {
  /// When the receiver was last told something; nullopt when nothing has reached it yet.
  std::optional<Timestamp> sent_at;
  AlertIds firing;    ///< what was firing in that message
  AlertIds resolved;  ///< what was resolved in it
  /// Alerts of which the receiver was to hear for the first time, in a message that has not reached it yet.
  /// They are told even when they are over by the time the receiver is back.
  AlertIds owed;
  /// Alerts that the receiver was told of in any message, and not of their end.
  AlertIds unended;
  /// By alertname: when the receiver was last told that one begins. Kept for the cooldown only.
  std::map<std::string, Timestamp> began;
  /// How the receiver names the last message, where it can be changed; else "".
  std::string thread;

  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

/// Thread safe. Entries are held as the bytes of kept/codec.h: there can be many, and few are asked for at a
/// time.
class NotificationLog {
 public:
  /// Where entries are kept across restarts; called in the order of the changes, under the lock: it must
  /// return at once. The entry is encoded; a null one was forgotten.
  using Keeper = std::function<void(const LogKey& key, const std::string* entry, Timestamp expires_at)>;

  explicit NotificationLog(Keeper keeper = {}) : keeper_(std::move(keeper)) {}

  std::optional<LogEntry> Find(const LogKey& key) const;
  void Put(const LogKey& key, const LogEntry& entry, Timestamp expires_at);
  /// Takes in one that was kept.
  void Restore(const LogKey& key, const LogEntry& entry, Timestamp expires_at);
  /// Forgets entries that expired.
  void Collect(Timestamp now);

 private:
  struct Kept {
    std::string entry;
    Timestamp expires_at;
  };
  using Groups = std::unordered_map<GroupKey, Kept, GroupKey::Hash>;
  const Keeper keeper_;
  mutable std::mutex mutex_;
  std::map<IntegrationId, Groups> entries_;
};

}  // namespace tocsin::notify
