// Takes out alerts that another one explains.
#pragma once

#include "alerting/notify/inhibit/inhibitor.h"
#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

class InhibitStage final : public Stage {
 public:
  /// `clock` must outlive the stage.
  InhibitStage(std::shared_ptr<const Inhibitor> inhibitor, const Clock& clock)
      : inhibitor_(std::move(inhibitor)), clock_(clock) {}

  std::string_view name() const override { return "inhibit"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  std::shared_ptr<const Inhibitor> inhibitor_;
  const Clock& clock_;
};

}  // namespace tocsin::notify
