// group ─> dedup ─> retry ─> set notified
//          nothing   sends    writes to the log
//          new? end           that dedup reads
#include "alerting/notify/stages/compose.h"

#include "alerting/notify/stages/dedup.h"
#include "alerting/notify/stages/set_notified.h"

namespace tocsin::notify {

std::shared_ptr<const StageChain> ComposeStages(const std::shared_ptr<const Integration>& integration,
                                                std::shared_ptr<IntegrationCounters> counters,
                                                const StageContext& context) {
  const IntegrationId& id = integration->id();
  bool send_resolved = integration->send_resolved();
  std::vector<std::unique_ptr<Stage>> stages;
  stages.push_back(std::make_unique<DedupStage>(id, send_resolved, context.log, context.log_retention));
  stages.push_back(std::make_unique<RetryStage>(integration, context.backoff, *context.clock,
                                                std::move(counters), context.logger));
  stages.push_back(
      std::make_unique<SetNotifiedStage>(id, context.log, *context.clock, context.log_retention));
  return std::make_shared<const StageChain>(std::move(stages));
}

}  // namespace tocsin::notify
