// group ─> recall ─> inhibit ─> active ─> mute ─> silence ─> dedup
//           reads     explained  by the calendar   by hand    nothing
//           the log   by others                               new? end
//
//         ─> cooldown ─────> owe ──────> turn ──> retry ─> set notified
//            begins again?   notes what  waits    sends    writes what
//            wait            is due                        was told
#include "alerting/notify/stages/compose.h"

#include "alerting/notify/stages/active_interval.h"
#include "alerting/notify/stages/cooldown.h"
#include "alerting/notify/stages/dedup.h"
#include "alerting/notify/stages/inhibit.h"
#include "alerting/notify/stages/mute_interval.h"
#include "alerting/notify/stages/owe.h"
#include "alerting/notify/stages/recall.h"
#include "alerting/notify/stages/set_notified.h"
#include "alerting/notify/stages/silence.h"
#include "alerting/notify/stages/turn.h"

namespace tocsin::notify {

std::shared_ptr<const StageChain> ComposeStages(const std::shared_ptr<const Integration>& integration,
                                                std::shared_ptr<IntegrationCounters> counters,
                                                const StageContext& context) {
  const IntegrationId& id = integration->id();
  const bool send_resolved = integration->send_resolved();
  const bool tells_ends = send_resolved && context.pipeline.resolve_muted;
  const Duration cooldown = context.pipeline.cooldown;
  std::vector<std::unique_ptr<Stage>> stages;
  stages.push_back(std::make_unique<RecallStage>(id, tells_ends, context.log));
  stages.push_back(std::make_unique<InhibitStage>(context.inhibitor, *context.clock));
  stages.push_back(std::make_unique<ActiveIntervalStage>(context.intervals));
  stages.push_back(std::make_unique<MuteIntervalStage>(context.intervals));
  stages.push_back(std::make_unique<SilenceStage>(context.silences));
  stages.push_back(std::make_unique<DedupStage>(send_resolved));
  if (cooldown > Duration(0)) stages.push_back(std::make_unique<CooldownStage>(cooldown, send_resolved));
  stages.push_back(std::make_unique<OweStage>(id, context.log, context.log_retention));
  auto turns = std::make_shared<Turns>(context.pipeline.max_in_flight);
  stages.push_back(std::make_unique<TurnStage>(turns));
  stages.push_back(std::make_unique<RetryStage>(integration, std::move(turns), context.backoff,
                                                *context.clock, std::move(counters), context.logger));
  stages.push_back(std::make_unique<SetNotifiedStage>(
      id, context.log, *context.clock,
      SetNotifiedStage::Options{tells_ends, cooldown, context.log_retention}));
  return std::make_shared<const StageChain>(std::move(stages));
}

}  // namespace tocsin::notify
