// Where the stages are put in order.
#pragma once

#include <memory>

#include "alerting/notify/inhibit/inhibitor.h"
#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/silence/silences.h"
#include "alerting/notify/stages/retry.h"
#include "alerting/notify/stages/stage.h"
#include "alerting/notify/timeinterval/time_intervals.h"

namespace tocsin::notify {

/// How the pipeline departs from Alertmanager's.
struct PipelineOptions {
  /// The end of an alert that was told is told too, whatever mutes it by then. Alertmanager: false.
  bool resolve_muted = true;
  Duration cooldown{0};  ///< 0: none, as Alertmanager has none
  /// Messages to one integration that are under way at a time; further ones wait. At least 1.
  size_t max_in_flight = 64;
};

/// What the stages of all integrations share.
struct StageContext {
  std::shared_ptr<NotificationLog> log;
  std::shared_ptr<const Inhibitor> inhibitor;
  std::shared_ptr<const Silences> silences;
  std::shared_ptr<const TimeIntervals> intervals;
  const Clock* clock = nullptr;
  Backoff backoff;
  PipelineOptions pipeline;
  Duration log_retention{Duration(std::chrono::hours(120))};
  Logger logger;
};

/// Everything a notification passes between its group and one integration.
std::shared_ptr<const StageChain> ComposeStages(const std::shared_ptr<const Integration>& integration,
                                                std::shared_ptr<IntegrationCounters> counters,
                                                const StageContext& context);

}  // namespace tocsin::notify
