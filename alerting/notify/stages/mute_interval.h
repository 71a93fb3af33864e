// Mutes a route within its mute time intervals.
#pragma once

#include "alerting/notify/stages/stage.h"
#include "alerting/notify/timeinterval/time_intervals.h"

namespace tocsin::notify {

class MuteIntervalStage final : public Stage {
 public:
  explicit MuteIntervalStage(std::shared_ptr<const TimeIntervals> intervals)
      : intervals_(std::move(intervals)) {}

  std::string_view name() const override { return "mute_interval"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  std::shared_ptr<const TimeIntervals> intervals_;
};

}  // namespace tocsin::notify
