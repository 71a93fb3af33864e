// Tells a dead man's switch that we live: calls a URL at an interval, for as long as rules are evaluated and
// messages get through. Whoever listens there notices the silence.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alerting/alertmanagers.h"
#include "alerting/notify/stats.h"
#include "alerting/rules/snapshot.h"
#include "base/async/strand.h"
#include "base/http/client.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/time.h"

namespace tocsin::app {

struct WatchdogOptions {
  Secret url;  ///< "": nobody is told; its path is often what grants access, so it is never shown
  Duration interval{60'000};
};

struct WatchdogStats {
  uint64_t calls = 0;
  uint64_t calls_failed = 0;
  uint64_t withheld = 0;  ///< not made, since something did not work
};

/// What is looked at before each call. The functions are thread safe.
struct WatchdogSources {
  std::function<std::vector<std::shared_ptr<const rules::GroupSnapshot>>()> groups;
  std::function<std::vector<notify::IntegrationStats>()> notifications;
  std::function<AlertmanagerStats()> alertmanagers;
};

/// Thread safe. The executor's threads must end before what it uses.
class Watchdog {
 public:
  Watchdog(WatchdogOptions options, WatchdogSources sources, async::Executor& executor, http::Client& http,
           Logger log);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// The first call is made an interval from now.
  void Start();
  WatchdogStats stats() const;

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;
};

/// What does not work: a group that was not evaluated for three of its intervals (and ten seconds), or of
/// which no rule could be, counted from `since` when none ever was. "" when all does.
std::string OverdueGroup(const std::vector<std::shared_ptr<const rules::GroupSnapshot>>& groups,
                         Timestamp since, Timestamp now);

}  // namespace tocsin::app
