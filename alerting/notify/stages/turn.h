// Lets no more messages to an integration go on than may be under way.
#pragma once

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

/// A passage without a place ends here when there is none: its group waits for one and begins again with it,
/// so that what waits holds nothing.
class TurnStage final : public Stage {
 public:
  explicit TurnStage(std::shared_ptr<Turns> turns) : turns_(std::move(turns)) {}

  std::string_view name() const override { return "turn"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  std::shared_ptr<Turns> turns_;
};

}  // namespace tocsin::notify
