// What the API and the pages show of the rules: immutable copies, published after each evaluation.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/rules/rule_spec.h"
#include "base/error.h"
#include "base/time.h"

namespace tocsin::rules {

enum class AlertState { kInactive, kPending, kFiring };
/// "inactive", "pending", "firing".
std::string_view AlertStateName(AlertState state);

/// One label set of an alerting rule.
struct ActiveAlert {
  AlertState state = AlertState::kPending;
  model::Labels labels;
  model::Labels annotations;
  double value = 0;     ///< of the last evaluation that had one
  Timestamp active_at;  ///< since when the condition holds
  std::optional<Timestamp> fired_at;
  std::optional<Timestamp> resolved_at;        ///< only of kInactive, which is kept for a while
  std::optional<Timestamp> keep_firing_since;  ///< the condition is gone, `keep_firing_for` holds it
  std::optional<Timestamp> last_sent_at;
};

enum class Health { kUnknown, kGood, kBad };
/// "unknown", "ok", "err".
std::string_view HealthName(Health health);

struct RuleSnapshot {
  const RuleSpec* spec = nullptr;  ///< lives as long as the GroupSnapshot
  Health health = Health::kUnknown;
  std::optional<Error> last_error;
  std::optional<Timestamp> last_evaluation;
  Duration evaluation_time{0};
  std::vector<ActiveAlert> alerts;  ///< pending and firing, by label set; empty for recording rules

  /// The highest state among the alerts.
  AlertState state() const;
};

struct GroupSnapshot {
  std::shared_ptr<const GroupSpec> spec;
  std::optional<Timestamp> last_evaluation;
  Duration evaluation_time{0};
  std::vector<RuleSnapshot> rules;

  // Since the group started.
  uint64_t iterations = 0;
  uint64_t iterations_missed = 0;
  uint64_t evaluations = 0;
  uint64_t evaluation_failures = 0;
  uint64_t last_samples = 0;  ///< that the last round's rules gave
};

}  // namespace tocsin::rules
