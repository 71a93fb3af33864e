// Mutes a route outside its active time intervals.
#pragma once

#include "alerting/notify/stages/stage.h"
#include "alerting/notify/timeinterval/time_intervals.h"

namespace tocsin::notify {

class ActiveIntervalStage final : public Stage {
 public:
  explicit ActiveIntervalStage(std::shared_ptr<const TimeIntervals> intervals)
      : intervals_(std::move(intervals)) {}

  std::string_view name() const override { return "active_interval"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  std::shared_ptr<const TimeIntervals> intervals_;
};

}  // namespace tocsin::notify
