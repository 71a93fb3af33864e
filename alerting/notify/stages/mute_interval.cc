#include "alerting/notify/stages/mute_interval.h"

#include "alerting/notify/stages/mute.h"

namespace tocsin::notify {

void MuteIntervalStage::Enter(const PassagePtr& passage, Next next) const {
  const auto muted_by = intervals_->Holding(passage->route->mute_time_intervals(), passage->notification.now);
  if (muted_by.empty()) return next(Onward::kNext);
  next(Mute(*passage, [](const model::Alert&) { return true; }));
}

}  // namespace tocsin::notify
