// What the pipeline counts about itself, for /metrics.
#pragma once

#include <atomic>
#include <cstdint>

#include "alerting/notify/notification.h"

namespace tocsin::notify {

/// Thread safe; lives as long as the Notifier, whatever is reloaded.
struct IntegrationCounters {
  std::atomic<uint64_t> notifications{0};         ///< messages that were due
  std::atomic<uint64_t> notifications_failed{0};  ///< of these: not delivered by their deadline
  std::atomic<uint64_t> attempts{0};
  std::atomic<uint64_t> attempts_failed{0};
  std::atomic<uint64_t> delivered{0};
  std::atomic<int64_t> delivery_ms{0};  ///< of these: the sum of the times from due to accepted
};

/// A reading of the counters.
struct IntegrationStats {
  IntegrationId integration;
  uint64_t notifications = 0;
  uint64_t notifications_failed = 0;
  uint64_t attempts = 0;
  uint64_t attempts_failed = 0;
  uint64_t delivered = 0;
  int64_t delivery_ms = 0;
};

}  // namespace tocsin::notify
