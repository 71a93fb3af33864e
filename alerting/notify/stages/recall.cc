#include "alerting/notify/stages/recall.h"

namespace tocsin::notify {

void RecallStage::Enter(const PassagePtr& passage, Next next) const {
  passage->told = log_->Find({passage->notification.group_key, integration_}).value_or(LogEntry{});
  if (tell_muted_ends_) passage->ends_awaited = passage->told.unended;
  next(Onward::kNext);
}

}  // namespace tocsin::notify
