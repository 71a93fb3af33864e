// Rules replayed over a store, as fast as it goes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/rules/rule_spec.h"
#include "alerting/store/store.h"
#include "base/time.h"

namespace tocsin::app {

/// One alert's life: when it became pending, fired, and ended, as far as that happened.
struct Episode {
  std::string alertname;
  model::Labels labels;
  Timestamp active_at;
  std::optional<Timestamp> fired_at;
  std::optional<Timestamp> ended_at;
  model::EndReason end_reason = model::EndReason::kNone;
  double value = 0;  ///< the last
};

struct BacktestResult {
  std::vector<Episode> episodes;  ///< in the order in which they began
  uint64_t evaluations = 0;
  Errors errors;  ///< of rules, each once
};

/// Evaluates the groups from one time to another, writing what they record into `store`. `pass` is called
/// after each evaluation with its time; alerts go to `sink`.
BacktestResult RunBacktest(const rules::GroupSpecs& groups, store::Store& store, model::AlertSink& sink,
                           Timestamp from, Timestamp to, const std::function<void(Timestamp)>& pass);

}  // namespace tocsin::app
