// Records in the notification log what the receiver has just been told.
#pragma once

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

class SetNotifiedStage final : public Stage {
 public:
  struct Options {
    bool tells_ends = false;  ///< send_resolved, so that the log knows whose end the receiver waits for
    Duration cooldown{0};     ///< for so long beginnings are remembered
    Duration retention{0};    ///< entries are kept for twice the repeat interval, at most this long
  };

  /// `clock` must outlive the stage.
  SetNotifiedStage(IntegrationId integration, std::shared_ptr<NotificationLog> log, const Clock& clock,
                   const Options& options)
      : integration_(std::move(integration)),
        log_(std::move(log)),
        clock_(clock),
        tells_ends_(options.tells_ends),
        cooldown_(options.cooldown),
        retention_(options.retention) {}

  std::string_view name() const override { return "set_notified"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  IntegrationId integration_;
  std::shared_ptr<NotificationLog> log_;
  const Clock& clock_;
  bool tells_ends_;
  Duration cooldown_;
  Duration retention_;
};

}  // namespace tocsin::notify
