// A group's rules and their state: evaluates them in order, each seeing what the one before recorded.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/model/appender.h"
#include "alerting/rules/alerting_rule.h"
#include "alerting/rules/for_state.h"
#include "alerting/rules/snapshot.h"
#include "alerting/rules/state_keeper.h"
#include "alerting/rules/written.h"
#include "base/clock.h"
#include "base/exposition/duration_summary.h"
#include "base/log.h"

namespace tocsin::rules {

/// Of the system's steady clock.
Elapsed SteadyNow();

/// How long evaluations take, over all groups, by the groups' stopwatch. Thread safe.
struct RuleTimes {
  exposition::DurationSummary groups;
  exposition::DurationSummary rules;
};

/// What groups work with. All must outlive them.
struct GroupDependencies {
  model::Appendable& appendable;
  model::AlertSink& sink;
  const Clock& clock;
  Logger log;
  Duration resend_delay{60'000};
  /// What the rules were prepared by, for what they share and RestoreFromSamples(); null: neither.
  const model::QueryEngine* engine = nullptr;
  ForStateOptions for_state = {};
  StateKeeper* keeper = nullptr;                   ///< null: states live as long as the process
  std::function<Elapsed()> stopwatch = SteadyNow;  ///< measures how long rules take
  std::shared_ptr<RuleTimes> times = nullptr;      ///< where that is counted, or null
};

/// All members but snapshot() belong to one strand.
class Group {
 public:
  Group(std::shared_ptr<const GroupSpec> spec, const GroupDependencies& dependencies);

  /// Runs all rules at `at`. Blocks while queries do; ends early once `stop` is requested.
  void Evaluate(Timestamp at, const std::stop_token& stop);
  /// Counted slots that went by without an evaluation.
  void AddMissed(uint64_t slots);

  /// Takes the states of rules that are the same in `old`, in its order, and what they wrote: series that no
  /// rule writes any more end at the next evaluation.
  void TakeStateFrom(Group& old);
  /// Ends all series that the rules have written, with stale markers at `at`.
  void MarkStale(Timestamp at);

  /// Takes the alerts that an earlier process left of the group's rules, out of `kept`; at the start, before
  /// the first evaluation. Those whose series are not there yet are left as they are until `restoring_until`.
  void TakeKept(KeptStates& kept, Timestamp now, Timestamp restoring_until);
  /// Without kept states: the starts of pending alerts from ALERTS_FOR_STATE, after the first evaluation.
  void RestoreFromSamples(Timestamp now, const std::stop_token& stop);
  /// Tells the keeper of all alerts; or that there are none.
  void SaveAll();
  void ForgetAll();

  const GroupSpec& spec() const { return *spec_; }
  /// Of the last evaluation. Thread safe.
  std::shared_ptr<const GroupSnapshot> snapshot() const;

 private:
  struct RuleState {
    const RuleSpec* spec;
    RuleKey key;
    std::optional<AlertingRule> alerting;
    Written written;  // by the last evaluation that went well
    Health health = Health::kUnknown;
    std::optional<Error> last_error;
    std::optional<Timestamp> last_evaluation;
    Elapsed evaluation_time{0};
  };

  void EvaluateRule(RuleState& rule, Timestamp at, const std::stop_token& stop);
  Result<model::Vector> Compute(RuleState& rule, Timestamp at, const std::stop_token& stop);
  void Write(RuleState& rule, const model::Vector& samples, Timestamp at);
  void End(model::Appender& appender, const model::Labels& series, model::SeriesRef ref, Timestamp at) const;
  void EndOrphans(Timestamp at);
  void Blame(RuleState& rule, const Error& error);
  void Publish();

  std::shared_ptr<const GroupSpec> spec_;
  GroupDependencies dependencies_;
  std::vector<RuleState> rules_;
  std::vector<Written> orphans_;  // of rules that a reload dropped
  Timestamp restoring_until_;
  std::unique_ptr<model::QueryRound> round_;  // null where the rules have nothing in common
  GroupSnapshot totals_;                      // its rules are filled in when it is published
  mutable std::mutex mutex_;
  std::shared_ptr<const GroupSnapshot> snapshot_;
};

}  // namespace tocsin::rules
