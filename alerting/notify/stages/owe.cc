#include "alerting/notify/stages/owe.h"

namespace tocsin::notify {

void OweStage::Enter(const PassagePtr& passage, Next next) const {
  LogEntry& told = passage->told;
  const size_t owed_before = told.owed.size();
  for (uint64_t id : passage->firing) {
    if (!told.firing.contains(id)) told.owed.insert(id);
  }
  if (told.owed.size() != owed_before) {
    log_->Put({passage->notification.group_key, integration_}, told, passage->notification.now + retention_);
  }
  next(Onward::kNext);
}

}  // namespace tocsin::notify
