#include "alerting/rules/alerting_rule.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "alerting/template/escape.h"

namespace tocsin::rules {
namespace {

constexpr std::string_view kAlertsMetric = "ALERTS";
constexpr std::string_view kForStateMetric = "ALERTS_FOR_STATE";
constexpr std::string_view kStateLabel = "alertstate";
// A receiver drops an alert that was not sent again in this many rounds.
constexpr int kRoundsOfTrust = 4;

std::shared_ptr<const StateSeries> MakeStateSeries(const ActiveAlert& alert) {
  auto series = std::make_shared<StateSeries>();
  series->state = alert.state;
  series->alerts = model::LabelsBuilder(alert.labels)
                       .Set(model::kMetricName, kAlertsMetric)
                       .Set(kStateLabel, AlertStateName(alert.state))
                       .Build();
  series->for_state = model::LabelsBuilder(alert.labels).Set(model::kMetricName, kForStateMetric).Build();
  return series;
}

void AppendStateSamples(ActiveAlert& alert, Timestamp at, model::Vector& samples) {
  if (!alert.series || alert.series->state != alert.state) alert.series = MakeStateSeries(alert);
  const auto since =
      std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(alert.active_at.millis()));
  samples.push_back({alert.series->alerts, at, 1.0});
  samples.push_back({alert.series->for_state, at, static_cast<double>(since.count())});
}

bool IsDue(const ActiveAlert& alert, Timestamp at, Duration resend_delay) {
  if (alert.state == AlertState::kPending) return false;
  if (!alert.last_sent_at) return true;
  if (alert.resolved_at && *alert.resolved_at > *alert.last_sent_at) return true;
  return *alert.last_sent_at + resend_delay < at;
}

std::vector<ActiveAlert> Sorted(std::vector<ActiveAlert> alerts) {
  std::sort(alerts.begin(), alerts.end(),
            [](const ActiveAlert& a, const ActiveAlert& b) { return a.labels < b.labels; });
  return alerts;
}

}  // namespace

AlertingRule::AlertingRule(const RuleSpec& spec, const TemplateScope& scope, Logger log)
    : spec_(spec),
      scope_(scope),
      generator_url_(fmt::format("{}/graph?g0.expr={}&g0.tab=1", scope.external_url(),
                                 templating::EscapeQuery(spec.query->text()))),
      renderer_(spec, scope, std::move(log)) {}

Result<AlertingRule::Alerts> AlertingRule::Render(const model::Vector& vector, Timestamp at) {
  Alerts rendered;
  for (const model::VectorElement& element : vector) {
    const auto* value = std::get_if<double>(&element.value);
    if (value == nullptr) {
      return Fail(ErrorCode::kUnsupported, "native histograms as an alert's value are not supported");
    }
    const Rendered& texts = renderer_.Render(element.labels, *value);
    ActiveAlert alert;
    alert.labels = texts.labels;
    alert.annotations = texts.annotations;
    alert.source = texts.source;
    alert.value = *value;
    alert.active_at = at;
    alert.last_seen = at;
    if (!rendered.emplace(texts.labels, std::move(alert)).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  "vector contains metrics with the same labelset after applying alert labels");
    }
  }
  renderer_.EndRound();
  return rendered;
}

void AlertingRule::Merge(Alerts&& current, Timestamp at) {
  for (auto& [labels, alert] : current) {
    const auto found = alerts_.find(labels);
    if (found == alerts_.end() || found->second.state == AlertState::kInactive) {
      Touch(alert);
      alerts_.insert_or_assign(labels, std::move(alert));
      continue;
    }
    ActiveAlert& known = found->second;
    if (known.keep_firing_since || known.hold != ActiveAlert::Hold::kNone || known.restored) Touch(known);
    known.value = alert.value;
    known.annotations = std::move(alert.annotations);
    known.source = std::move(alert.source);
    known.last_seen = at;
    known.keep_firing_since.reset();
    known.hold = ActiveAlert::Hold::kNone;
    known.restored = false;
  }
}

// Of an alert whose condition holds. A reload may have raised `for`: what fired too early then waits again.
void AlertingRule::Advance(ActiveAlert& alert, Timestamp at) {
  const bool held = at - alert.active_at >= spec_.hold_for;
  if (alert.state == AlertState::kPending && held) {
    alert.state = AlertState::kFiring;
    alert.fired_at = at;
    Touch(alert);
  } else if (alert.state == AlertState::kFiring && !held) {
    alert.state = AlertState::kPending;
    alert.fired_at.reset();
    Touch(alert);
  }
}

// Selectors are asked when the answer decides something: most rules' pending alerts just go.
bool AlertingRule::NeedsVerdict(const ActiveAlert& alert, Timestamp at) const {
  if (alert.state == AlertState::kInactive) return false;
  if (alert.restored || spec_.no_data != NoData::kResolve) return true;
  if (alert.state == AlertState::kPending) return false;
  return spec_.resolve_query != nullptr || spec_.keep_firing_for <= Duration(0) ||
         at - alert.keep_firing_since.value_or(at) >= spec_.keep_firing_for;
}

Status AlertingRule::AskResolveExpression(Verdicts& verdicts, const Moment& moment) const {
  if (spec_.resolve_query == nullptr || verdicts.empty()) return {};
  const auto vector = ToVector(spec_.resolve_query->Instant(moment.at - moment.offset, moment.stop));
  if (!vector) return Fail(vector.error().WithContext("resolve_expr"));
  LabelsSet resolved;
  for (const model::VectorElement& element : *vector) {
    resolved.insert(model::LabelsBuilder(element.labels).Delete(model::kMetricName).Build());
  }
  for (auto& [alert, verdict] : verdicts) verdict.may_resolve = resolved.contains(alert->source);
  return {};
}

Result<AlertingRule::Verdicts> AlertingRule::Judge(Alerts& current, const Moment& moment) {
  Verdicts verdicts;
  const Timestamp now = moment.at - moment.offset;
  Presence presence(spec_.selectors, now, moment.stop);
  // What a restart will ask, when the samples of now may be lost.
  for (auto& [labels, alert] : current) {
    if (!moment.kept || alerts_.contains(labels)) continue;
    if (auto shared = presence.Shared(alert.source, now)) alert.shared = *shared;
  }
  // An engine that starts has single samples where ranges ask for two.
  Presence starting(spec_.selectors, now, moment.stop, 2);
  for (auto& [labels, alert] : alerts_) {
    if (current.contains(labels) || !NeedsVerdict(alert, moment.at)) continue;
    if (!alert.shared) {
      auto shared = presence.Shared(alert.source, alert.last_seen - moment.offset);
      if (!shared) return Fail(shared.error());
      alert.shared = *shared;
    }
    const bool early = alert.restored && moment.at < moment.restoring_until;
    const auto vanished = (early ? starting : presence).Vanished(alert.source, *alert.shared);
    if (!vanished) return Fail(vanished.error());
    verdicts[&alert].vanished = *vanished;
  }
  if (Status asked = AskResolveExpression(verdicts, moment); !asked) return Fail(asked.error());
  return verdicts;
}

// True when an alert whose condition is gone stays as it is for another reason than keep_firing_for.
bool AlertingRule::HoldOn(ActiveAlert& alert, const Verdict& verdict, const Moment& moment) {
  // Nothing is known yet: it stays in every respect what it was.
  if (verdict.vanished && alert.restored && moment.at < moment.restoring_until) return true;
  auto hold = ActiveAlert::Hold::kNone;
  if (verdict.vanished) {
    if (spec_.no_data != NoData::kResolve) hold = ActiveAlert::Hold::kNoData;
  } else if (alert.state == AlertState::kFiring && !verdict.may_resolve) {
    hold = ActiveAlert::Hold::kResolveExpr;
  }
  if (hold != alert.hold) Touch(alert);
  alert.hold = hold;
  if (hold == ActiveAlert::Hold::kNone) return false;
  if (alert.keep_firing_since) Touch(alert);
  alert.keep_firing_since.reset();
  return true;
}

// Of a firing alert whose condition is gone: true while `keep_firing_for` holds it.
bool AlertingRule::Retire(ActiveAlert& alert, const Verdict& verdict, Timestamp at) {
  if (spec_.keep_firing_for > Duration(0)) {
    if (!alert.keep_firing_since) {
      alert.keep_firing_since = at;
      Touch(alert);
    }
    if (at - *alert.keep_firing_since < spec_.keep_firing_for) return true;
  }
  alert.state = AlertState::kInactive;
  alert.resolved_at = at;
  alert.end_reason = verdict.vanished ? model::EndReason::kVanished : model::EndReason::kBelow;
  Touch(alert);
  return false;
}

// Of an alert that the result lacks: true while it is alive. `forget`: there is nothing left to know of it.
bool AlertingRule::StepAbsent(ActiveAlert& alert, const Verdict& verdict, const Moment& moment,
                              bool& forget) {
  if (alert.state == AlertState::kInactive) {
    forget = moment.at - *alert.resolved_at > kResolvedRetention;
    return false;
  }
  if (HoldOn(alert, verdict, moment)) {
    if (verdict.vanished && spec_.no_data == NoData::kAlert && !alert.restored) Advance(alert, moment.at);
    return true;
  }
  if (alert.state == AlertState::kPending) {
    forget = true;
    return false;
  }
  if (!Retire(alert, verdict, moment.at)) return false;
  Advance(alert, moment.at);
  return true;
}

Result<model::Vector> AlertingRule::Evaluate(const model::Vector& vector, const Moment& moment) {
  auto current = Render(vector, moment.at);
  if (!current) return tl::unexpected(current.error());
  auto verdicts = Judge(*current, moment);
  if (!verdicts) return tl::unexpected(verdicts.error());
  LabelsSet present;
  for (const auto& [labels, alert] : *current) present.insert(labels);
  Merge(std::move(*current), moment.at);

  model::Vector samples;
  int64_t active = 0;
  for (auto it = alerts_.begin(); it != alerts_.end();) {
    ActiveAlert& alert = it->second;
    bool forget = false;
    bool alive = true;
    if (present.contains(it->first)) {
      Advance(alert, moment.at);
    } else {
      const auto verdict = verdicts->find(&alert);
      alive = StepAbsent(alert, verdict == verdicts->end() ? Verdict() : verdict->second, moment, forget);
    }
    if (forget) {
      removed_.insert(it->first);
      it = alerts_.erase(it);
      continue;
    }
    ++it;
    if (!alive) continue;
    ++active;
    AppendStateSamples(alert, moment.at - moment.offset, samples);
  }
  if (moment.limit > 0 && active > moment.limit) {
    for (const auto& [labels, alert] : alerts_) removed_.insert(labels);
    alerts_.clear();
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("exceeded limit of {} with {} alerts", moment.limit, active));
  }
  return samples;
}

model::AlertPtr AlertingRule::Export(const ActiveAlert& alert, Timestamp at, const SendPolicy& policy) const {
  model::Alert out;
  model::LabelsBuilder labels(alert.labels);
  for (const model::LabelView label : scope_.external_labels()) {
    if (labels.Get(label.name).empty()) labels.Set(label.name, label.value);
  }
  out.labels = labels.Build();
  out.annotations = alert.annotations;
  out.starts_at = alert.fired_at.value_or(alert.active_at);
  out.ends_at =
      alert.resolved_at.value_or(at + kRoundsOfTrust * std::max(policy.interval, policy.resend_delay));
  out.updated_at = at;
  out.generator_url = generator_url_;
  out.value = alert.value;
  out.end_reason = alert.end_reason;
  return std::make_shared<const model::Alert>(std::move(out));
}

std::vector<model::AlertPtr> AlertingRule::TakeDue(Timestamp at, const SendPolicy& policy) {
  std::vector<model::AlertPtr> due;
  for (auto& [labels, alert] : alerts_) {
    if (!IsDue(alert, at, policy.resend_delay)) continue;
    alert.last_sent_at = at;
    Touch(alert);
    due.push_back(Export(alert, at, policy));
  }
  std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a->labels < b->labels; });
  return due;
}

void AlertingRule::Save(StateKeeper& keeper, const RuleKey& key) {
  for (const model::Labels& labels : removed_) {
    if (!alerts_.contains(labels)) keeper.Forget(key, labels);
  }
  for (const model::Labels& labels : changed_) {
    if (const auto found = alerts_.find(labels); found != alerts_.end()) keeper.Keep(key, found->second);
  }
  removed_.clear();
  changed_.clear();
}

void AlertingRule::SaveAll(StateKeeper& keeper, const RuleKey& key) {
  for (const auto& [labels, alert] : alerts_) changed_.insert(labels);
  Save(keeper, key);
}

void AlertingRule::ForgetAll(StateKeeper& keeper, const RuleKey& key) const {
  for (const auto& [labels, alert] : alerts_) keeper.Forget(key, labels);
  for (const model::Labels& labels : removed_) keeper.Forget(key, labels);
}

void AlertingRule::Restore(Alerts alerts) {
  alerts_ = std::move(alerts);
  // The expression may be another.
  for (auto& [labels, alert] : alerts_) alert.shared.reset();
}

void AlertingRule::RestoreKept(std::vector<ActiveAlert> alerts) {
  for (ActiveAlert& alert : alerts) {
    alert.restored = true;
    alert.last_sent_at.reset();
    model::Labels labels = alert.labels;
    alerts_.insert_or_assign(std::move(labels), std::move(alert));
  }
}

void AlertingRule::MoveActive(const model::Labels& labels, Timestamp active_at) {
  const auto found = alerts_.find(labels);
  if (found == alerts_.end()) return;
  found->second.active_at = active_at;
  Touch(found->second);
}

std::vector<ActiveAlert> AlertingRule::Active() const {
  std::vector<ActiveAlert> active;
  for (const auto& [labels, alert] : alerts_) {
    if (alert.state != AlertState::kInactive) active.push_back(alert);
  }
  return Sorted(std::move(active));
}

std::vector<ActiveAlert> AlertingRule::Resolved() const {
  std::vector<ActiveAlert> resolved;
  for (const auto& [labels, alert] : alerts_) {
    if (alert.state == AlertState::kInactive) resolved.push_back(alert);
  }
  return Sorted(std::move(resolved));
}

}  // namespace tocsin::rules
