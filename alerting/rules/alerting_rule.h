// One alerting rule's states: a label set of the expression's result is pending, fires once it has been there
// for `for`, and resolves when it is gone (Prometheus' rules/alerting.go).
#pragma once

#include <unordered_map>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/model/query_engine.h"
#include "alerting/rules/rule_spec.h"
#include "alerting/rules/snapshot.h"
#include "base/log.h"

namespace tocsin::rules {

/// How long a resolved alert is kept, so that its end is sent again should a receiver have missed it.
inline constexpr Duration kResolvedRetention = std::chrono::minutes(15);

/// When alerts are sent, and how long a receiver may trust that they still fire.
struct SendPolicy {
  Duration resend_delay{60'000};
  Duration interval{60'000};  ///< the group's
};

/// Not thread safe: lives on its group's strand.
class AlertingRule {
 public:
  using Alerts = std::unordered_map<model::Labels, ActiveAlert, model::LabelsHash>;

  /// The spec, owned by the group's, and the scope must outlive the rule.
  AlertingRule(const RuleSpec& spec, const TemplateScope& scope, Logger log);

  /// Takes the expression's vector at `at`, moves the states, and gives the ALERTS and ALERTS_FOR_STATE
  /// samples, stamped `at` less `offset`. An error leaves the states as they were, except over `limit` (0:
  /// none), which clears them.
  Result<model::Vector> Evaluate(const model::Vector& vector, Timestamp at, Duration offset, int64_t limit);

  /// The alerts that are due at `at`: newly firing, newly resolved, or last sent longer ago than the resend
  /// delay; noted as sent.
  std::vector<model::AlertPtr> TakeDue(Timestamp at, const SendPolicy& policy);

  const RuleSpec& spec() const { return spec_; }
  /// The states, and their return after a reload: all that another evaluation depends on.
  const Alerts& alerts() const { return alerts_; }
  void Restore(Alerts alerts) { alerts_ = std::move(alerts); }
  /// Pending and firing, by label set.
  std::vector<ActiveAlert> Snapshot() const;

 private:
  Result<Alerts> Render(const model::Vector& vector, Timestamp at) const;
  std::string Expand(const TemplatedLabel& label, const AlertTemplateData& data) const;
  void Merge(Alerts&& current);
  void Advance(ActiveAlert& alert, Timestamp at) const;
  bool Retire(ActiveAlert& alert, Timestamp at) const;
  model::AlertPtr Export(const ActiveAlert& alert, Timestamp at, const SendPolicy& policy) const;

  const RuleSpec& spec_;
  const TemplateScope& scope_;
  std::string generator_url_;
  Logger log_;
  Alerts alerts_;
};

}  // namespace tocsin::rules
