// What the engine tells of itself on /metrics.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "alerting/collect/scrape/scraper.h"
#include "alerting/notify/stats.h"
#include "alerting/rules/snapshot.h"
#include "alerting/store/memory_store.h"
#include "base/exposition/writer.h"
#include "base/time.h"

namespace tocsin::app {

/// How the last reading of the configuration went. Thread safe.
struct ReloadState {
  std::atomic<bool> successful{false};
  std::atomic<int64_t> last_success_millis{0};
};

struct SelfReading {
  bool reload_successful = false;
  Timestamp last_reload;
  store::StoreStats store;
  std::vector<notify::IntegrationStats> notifications;
  std::vector<std::shared_ptr<const rules::GroupSnapshot>> groups;
  std::vector<collect::JobSnapshot> jobs;
};

/// Writes all families of ours and the process's; Prometheus' and Alertmanager's names with "tocsin_" in
/// place of their prefix where they have the like.
void WriteSelfMetrics(exposition::Writer& writer, const SelfReading& reading);

}  // namespace tocsin::app
