// Takes out alerts that somebody silenced.
#pragma once

#include "alerting/notify/silence/silences.h"
#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

class SilenceStage final : public Stage {
 public:
  explicit SilenceStage(std::shared_ptr<const Silences> silences) : silences_(std::move(silences)) {}

  std::string_view name() const override { return "silence"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  std::shared_ptr<const Silences> silences_;
};

}  // namespace tocsin::notify
