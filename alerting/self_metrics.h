// What the engine tells of itself on /metrics.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "alerting/alertmanagers.h"
#include "alerting/collect/scrape/scraper.h"
#include "alerting/notify/stats.h"
#include "alerting/remote/query_client.h"
#include "alerting/remote/write_queue.h"
#include "alerting/remote/write_receiver.h"
#include "alerting/rules/group.h"
#include "alerting/rules/snapshot.h"
#include "alerting/store/store.h"
#include "alerting/watchdog.h"
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
  remote::ReceiverStats remote_write;
  std::optional<remote::QueryClientStats> datasource;
  std::optional<remote::WriteQueueStats> write_back;
  std::vector<notify::IntegrationStats> notifications;
  std::vector<std::shared_ptr<const rules::GroupSnapshot>> groups;
  std::vector<collect::JobSnapshot> jobs;
  std::optional<WatchdogStats> watchdog;
  AlertmanagerStats alertmanagers;
  const rules::RuleTimes* rule_times = nullptr;  ///< not null when it is written
};

/// Writes all families of ours and the process's; Prometheus' and Alertmanager's names with "tocsin_" in
/// place of their prefix where they have the like.
void WriteSelfMetrics(exposition::Writer& writer, const SelfReading& reading);

}  // namespace tocsin::app
