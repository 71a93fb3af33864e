#include "alerting/notify/stages/turn.h"

namespace tocsin::notify {

void TurnStage::Enter(const PassagePtr& passage, Next next) const {
  if (!passage->place) passage->place = turns_->TakeAtOnce();
  if (passage->place) return next(Onward::kNext);
  passage->waits_for = turns_;
  next(Onward::kEnd);
}

}  // namespace tocsin::notify
