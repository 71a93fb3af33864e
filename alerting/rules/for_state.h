// The start of pending alerts from ALERTS_FOR_STATE samples, as Prometheus restores it: for the first start
// against a datasource that another engine has written to.
#pragma once

#include <stop_token>

#include "alerting/model/query_engine.h"
#include "alerting/rules/alerting_rule.h"

namespace tocsin::rules {

struct ForStateOptions {
  Duration outage_tolerance{3'600'000};  ///< samples older than this say nothing
  /// Rules with a shorter `for` just wait; an alert waits at least this long after the restart.
  Duration grace_period{600'000};
};

/// To be called after the rule's first evaluation, at `now`. Moves the alerts' starts; the next evaluation
/// makes of it what it means.
Status RestoreForState(AlertingRule& rule, const model::QueryEngine& engine, Timestamp now,
                       const ForStateOptions& options, const std::stop_token& stop);

}  // namespace tocsin::rules
