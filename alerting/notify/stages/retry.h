// Sends, again and again until it worked, can't work, or the group's deadline has come.
#pragma once

#include <functional>

#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/stages/stage.h"
#include "alerting/notify/stats.h"
#include "base/log.h"

namespace tocsin::notify {

/// Exponential: each pause is `multiplier` times the one before, and differs from that by up to
/// `randomization` of it, so that receivers that come back are not run down. The figures are Alertmanager's.
struct Backoff {
  Duration initial{500};
  double multiplier = 1.5;
  double randomization = 0.5;
  Duration max{60'000};
  /// Uniform in [0, 1); thread safe.
  std::function<double()> random;

  /// The pause after the `failures`th failure in a row, from 1.
  Duration After(int failures) const;
};

class RetryStage final : public Stage {
 public:
  /// `clock` must outlive the stage.
  RetryStage(std::shared_ptr<const Integration> integration, std::shared_ptr<Turns> turns, Backoff backoff,
             const Clock& clock, std::shared_ptr<IntegrationCounters> counters, const Logger& log);

  std::string_view name() const override { return "retry"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  class Delivery;

  std::shared_ptr<const Integration> integration_;
  std::shared_ptr<Turns> turns_;
  Backoff backoff_;
  const Clock& clock_;
  std::shared_ptr<IntegrationCounters> counters_;
  Logger log_;
};

}  // namespace tocsin::notify
