#include "alerting/notify/stages/silence.h"

#include "alerting/notify/stages/mute.h"

namespace tocsin::notify {

void SilenceStage::Enter(const PassagePtr& passage, Next next) const {
  next(Mute(*passage,
            [&](const model::Alert& alert) { return !silences_->SilencedBy(alert.labels).empty(); }));
}

}  // namespace tocsin::notify
