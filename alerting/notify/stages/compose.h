// Where the stages are put in order.
#pragma once

#include <memory>

#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/stages/retry.h"
#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

/// What the stages of all integrations share.
struct StageContext {
  std::shared_ptr<NotificationLog> log;
  const Clock* clock = nullptr;
  Backoff backoff;
  Duration log_retention{Duration(std::chrono::hours(120))};
  Logger logger;
};

/// Everything a notification passes between its group and one integration.
std::shared_ptr<const StageChain> ComposeStages(const std::shared_ptr<const Integration>& integration,
                                                std::shared_ptr<IntegrationCounters> counters,
                                                const StageContext& context);

}  // namespace tocsin::notify
