// What the API and the pages show of the rules: immutable copies, published after each evaluation.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/model/labels.h"
#include "alerting/rules/rule_spec.h"
#include "base/error.h"
#include "base/time.h"

namespace tocsin::rules {

enum class AlertState { kInactive, kPending, kFiring };
/// "inactive", "pending", "firing".
std::string_view AlertStateName(AlertState state);

/// The series that tell of an alert in one state.
struct StateSeries {
  AlertState state = AlertState::kPending;
  model::Labels alerts;     ///< ALERTS
  model::Labels for_state;  ///< ALERTS_FOR_STATE
};

/// One label set of an alerting rule.
struct ActiveAlert {
  AlertState state = AlertState::kPending;
  model::Labels labels;
  model::Labels annotations;
  model::Labels source;  ///< the expression's element that made it, without its metric name
  double value = 0;      ///< of the last evaluation that had one
  Timestamp active_at;   ///< since when the condition holds
  Timestamp last_seen;   ///< the last evaluation whose result had it
  std::optional<Timestamp> fired_at;
  std::optional<Timestamp> resolved_at;        ///< only of kInactive, which is kept for a while
  std::optional<Timestamp> keep_firing_since;  ///< the condition is gone, `keep_firing_for` holds it
  std::optional<Timestamp> last_sent_at;
  model::EndReason end_reason = model::EndReason::kNone;  ///< of kInactive

  /// What holds a firing alert whose condition is gone, beside keep_firing_for; for the API.
  enum class Hold { kNone, kResolveExpr, kNoData };
  Hold hold = Hold::kNone;
  /// How many of `source`'s labels one selector's series carried when the condition last held (Presence);
  /// not asked yet when unset.
  std::optional<std::optional<size_t>> shared;
  bool restored = false;                      ///< from an earlier process, and not seen by this one yet
  std::shared_ptr<const StateSeries> series;  ///< of the last evaluation; made again when the state changes
};

/// How long something took, by a clock that is not set.
using Elapsed = std::chrono::nanoseconds;

enum class Health { kUnknown, kGood, kBad };
/// "unknown", "ok", "err".
std::string_view HealthName(Health health);

struct RuleSnapshot {
  const RuleSpec* spec = nullptr;  ///< lives as long as the GroupSnapshot
  Health health = Health::kUnknown;
  std::optional<Error> last_error;
  std::optional<Timestamp> last_evaluation;
  Elapsed evaluation_time{0};
  std::vector<ActiveAlert> alerts;    ///< pending and firing, by label set; empty for recording rules
  std::vector<ActiveAlert> resolved;  ///< those of the last quarter of an hour, by label set

  /// The highest state among the alerts.
  AlertState state() const;
};

struct GroupSnapshot {
  std::shared_ptr<const GroupSpec> spec;
  std::optional<Timestamp> last_evaluation;
  /// The last one in which a rule at least was evaluated without an error, or there was none to evaluate.
  std::optional<Timestamp> last_success;
  Elapsed evaluation_time{0};
  std::vector<RuleSnapshot> rules;

  // Since the group started.
  uint64_t iterations = 0;
  uint64_t iterations_missed = 0;
  uint64_t evaluations = 0;
  uint64_t evaluation_failures = 0;
  uint64_t last_samples = 0;  ///< that the last round's rules gave
  Elapsed restore_time{0};    ///< of alerts' starts from samples
};

}  // namespace tocsin::rules
