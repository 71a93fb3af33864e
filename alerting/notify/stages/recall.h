// Reads in the notification log what the receiver was told last.
#pragma once

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

class RecallStage final : public Stage {
 public:
  /// `tell_muted_ends`: the end of an alert that was told is told too, whatever mutes it by then.
  RecallStage(IntegrationId integration, bool tell_muted_ends, std::shared_ptr<NotificationLog> log)
      : integration_(std::move(integration)), tell_muted_ends_(tell_muted_ends), log_(std::move(log)) {}

  std::string_view name() const override { return "recall"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  IntegrationId integration_;
  bool tell_muted_ends_;
  std::shared_ptr<NotificationLog> log_;
};

}  // namespace tocsin::notify
