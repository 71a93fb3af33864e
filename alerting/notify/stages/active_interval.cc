#include "alerting/notify/stages/active_interval.h"

#include "alerting/notify/stages/mute.h"

namespace tocsin::notify {

void ActiveIntervalStage::Enter(const PassagePtr& passage, Next next) const {
  const auto muted_by =
      intervals_->OutsideOf(passage->route->active_time_intervals(), passage->notification.now);
  if (muted_by.empty()) return next(Onward::kNext);
  next(Mute(*passage, [](const model::Alert&) { return true; }));
}

}  // namespace tocsin::notify
