// One alerting rule's states: a label set of the expression's result is pending, fires once it has been there
// for `for`, and resolves when it is gone (Prometheus' rules/alerting.go).
#pragma once

#include <stop_token>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/model/query_engine.h"
#include "alerting/rules/renderer.h"
#include "alerting/rules/rule_spec.h"
#include "alerting/rules/snapshot.h"
#include "alerting/rules/state_keeper.h"
#include "base/log.h"

namespace tocsin::rules {

/// How long a resolved alert is kept, so that its end is sent again should a receiver have missed it.
inline constexpr Duration kResolvedRetention = std::chrono::minutes(15);

/// When alerts are sent, and how long a receiver may trust that they still fire.
struct SendPolicy {
  Duration resend_delay{60'000};
  Duration interval{60'000};  ///< the group's
};

/// One evaluation.
struct Moment {
  Timestamp at;
  Duration offset{0};  ///< how far back queries look, and samples are stamped
  int64_t limit = 0;   ///< of alerts; 0 is none
  /// Until then an alert of an earlier process whose series are not there yet is left as it is.
  Timestamp restoring_until = {};
  bool kept = false;  ///< states are to survive the process
  std::stop_token stop = {};
};

/// Not thread safe: lives on its group's strand.
class AlertingRule {
 public:
  using Alerts = std::unordered_map<model::Labels, ActiveAlert, model::LabelsHash>;

  /// The spec, owned by the group's, and the scope must outlive the rule.
  AlertingRule(const RuleSpec& spec, const TemplateScope& scope, Logger log);

  /// Takes the expression's vector, moves the states, and gives the ALERTS and ALERTS_FOR_STATE samples. Asks
  /// `resolve_expr` and the expression's selectors about alerts that are gone. An error leaves the states as
  /// they were, except over the limit, which clears them.
  Result<model::Vector> Evaluate(const model::Vector& vector, const Moment& moment);

  /// The alerts that are due at `at`: newly firing, newly resolved, or last sent longer ago than the resend
  /// delay; noted as sent.
  std::vector<model::AlertPtr> TakeDue(Timestamp at, const SendPolicy& policy);

  /// Tells the keeper what changed since the last call.
  void Save(StateKeeper& keeper, const RuleKey& key);
  void SaveAll(StateKeeper& keeper, const RuleKey& key);
  void ForgetAll(StateKeeper& keeper, const RuleKey& key) const;

  const RuleSpec& spec() const { return spec_; }
  /// The states, and their return after a reload: all that another evaluation depends on.
  const Alerts& alerts() const { return alerts_; }
  void Restore(Alerts alerts);
  /// What an earlier process left. Each alert is due at once: whether it was sent is for the receiver to
  /// know.
  void RestoreKept(std::vector<ActiveAlert> alerts);
  /// Moves the start of a pending alert.
  void MoveActive(const model::Labels& labels, Timestamp active_at);

  /// Pending and firing, by label set; or those that ended.
  std::vector<ActiveAlert> Active() const;
  std::vector<ActiveAlert> Resolved() const;

  const Renderer& renderer() const { return renderer_; }

 private:
  /// What is known of an alert whose condition is gone.
  struct Verdict {
    bool vanished = false;
    bool may_resolve = true;  ///< `resolve_expr` has a result, or there is none to ask
  };
  using Verdicts = std::unordered_map<const ActiveAlert*, Verdict>;
  using LabelsSet = std::unordered_set<model::Labels, model::LabelsHash>;

  Result<Alerts> Render(const model::Vector& vector, Timestamp at);
  Result<Verdicts> Judge(Alerts& current, const Moment& moment);
  Status AskResolveExpression(Verdicts& verdicts, const Moment& moment) const;
  bool NeedsVerdict(const ActiveAlert& alert, Timestamp at) const;
  void Merge(Alerts&& current, Timestamp at);
  void Advance(ActiveAlert& alert, Timestamp at);
  bool HoldOn(ActiveAlert& alert, const Verdict& verdict, const Moment& moment);
  bool Retire(ActiveAlert& alert, const Verdict& verdict, Timestamp at);
  bool StepAbsent(ActiveAlert& alert, const Verdict& verdict, const Moment& moment, bool& forget);
  void Touch(const ActiveAlert& alert) { changed_.insert(alert.labels); }
  model::AlertPtr Export(const ActiveAlert& alert, Timestamp at, const SendPolicy& policy) const;

  const RuleSpec& spec_;
  const TemplateScope& scope_;
  std::string generator_url_;
  Renderer renderer_;
  Alerts alerts_;
  LabelsSet changed_;
  LabelsSet removed_;
};

}  // namespace tocsin::rules
