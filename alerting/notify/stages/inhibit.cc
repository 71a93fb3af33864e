#include "alerting/notify/stages/inhibit.h"

#include "alerting/notify/stages/mute.h"

namespace tocsin::notify {

void InhibitStage::Enter(const PassagePtr& passage, Next next) const {
  const Timestamp now = clock_.Now();
  next(Mute(*passage,
            [&](const model::Alert& alert) { return !inhibitor_->InhibitedBy(alert.labels, now).empty(); }));
}

}  // namespace tocsin::notify
