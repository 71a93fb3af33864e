// A group's rules and their state: evaluates them in order, each seeing what the one before recorded.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/model/appender.h"
#include "alerting/rules/alerting_rule.h"
#include "alerting/rules/snapshot.h"
#include "base/clock.h"
#include "base/log.h"

namespace tocsin::rules {

/// What groups work with. All must outlive them.
struct GroupDependencies {
  model::Appendable& appendable;
  model::AlertSink& sink;
  const Clock& clock;  ///< measures how long rules take
  Logger log;
  Duration resend_delay{60'000};
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

  const GroupSpec& spec() const { return *spec_; }
  /// Of the last evaluation. Thread safe.
  std::shared_ptr<const GroupSnapshot> snapshot() const;

 private:
  using Written = std::unordered_map<model::Labels, model::SeriesRef, model::LabelsHash>;
  struct RuleState {
    const RuleSpec* spec;
    std::optional<AlertingRule> alerting;
    Written written;  // by the last evaluation that went well
    Health health = Health::kUnknown;
    std::optional<Error> last_error;
    std::optional<Timestamp> last_evaluation;
    Duration evaluation_time{0};
  };

  void EvaluateRule(RuleState& rule, Timestamp at, const std::stop_token& stop);
  Result<model::Vector> Compute(RuleState& rule, Timestamp at, const std::stop_token& stop);
  void Write(RuleState& rule, const model::Vector& samples, Timestamp at);
  void EndOrphans(Timestamp at);
  void Blame(RuleState& rule, const Error& error);
  void Publish();

  std::shared_ptr<const GroupSpec> spec_;
  GroupDependencies dependencies_;
  std::vector<RuleState> rules_;
  std::vector<Written> orphans_;  // of rules that a reload dropped
  GroupSnapshot totals_;          // its rules are filled in when it is published
  mutable std::mutex mutex_;
  std::shared_ptr<const GroupSnapshot> snapshot_;
};

}  // namespace tocsin::rules
