#include "alerting/rules/alerting_rule.h"

#include <algorithm>
#include <unordered_set>
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

model::VectorElement StateSample(const ActiveAlert& alert, Timestamp at) {
  model::LabelsBuilder labels(alert.labels);
  labels.Set(model::kMetricName, kAlertsMetric).Set(kStateLabel, AlertStateName(alert.state));
  return {labels.Build(), at, 1.0};
}

model::VectorElement ForStateSample(const ActiveAlert& alert, Timestamp at) {
  model::LabelsBuilder labels(alert.labels);
  labels.Set(model::kMetricName, kForStateMetric);
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(alert.active_at.millis()));
  return {labels.Build(), at, static_cast<double>(seconds.count())};
}

bool IsDue(const ActiveAlert& alert, Timestamp at, Duration resend_delay) {
  if (alert.state == AlertState::kPending) return false;
  if (!alert.last_sent_at) return true;
  if (alert.resolved_at && *alert.resolved_at > *alert.last_sent_at) return true;
  return *alert.last_sent_at + resend_delay < at;
}

}  // namespace

AlertingRule::AlertingRule(const RuleSpec& spec, const TemplateScope& scope, Logger log)
    : spec_(spec),
      scope_(scope),
      generator_url_(fmt::format("{}/graph?g0.expr={}&g0.tab=1", scope.external_url(),
                                 templating::EscapeQuery(spec.query->text()))),
      log_(std::move(log)) {}

std::string AlertingRule::Expand(const TemplatedLabel& label, const AlertTemplateData& data) const {
  auto text = label.value.Expand(data);
  if (text) return std::move(*text);
  log_.Warn("Expanding alert template failed",
            {{"alert", spec_.name}, {"name", label.name}, {"err", text.error().message()}});
  return fmt::format("<error expanding template: {}>", text.error().message());
}

Result<AlertingRule::Alerts> AlertingRule::Render(const model::Vector& vector, Timestamp at) const {
  Alerts rendered;
  for (const model::VectorElement& element : vector) {
    const auto* value = std::get_if<double>(&element.value);
    if (value == nullptr) {
      return Fail(ErrorCode::kUnsupported, "native histograms as an alert's value are not supported");
    }
    const AlertTemplateData data(element.labels, *value, scope_);
    model::LabelsBuilder labels(element.labels);
    labels.Delete(model::kMetricName);
    for (const TemplatedLabel& label : spec_.label_templates) labels.Set(label.name, Expand(label, data));
    labels.Set(model::kAlertName, spec_.name);
    std::vector<model::Label> annotations;
    annotations.reserve(spec_.annotation_templates.size());
    for (const TemplatedLabel& label : spec_.annotation_templates) {
      annotations.push_back({label.name, Expand(label, data)});
    }
    ActiveAlert alert;
    alert.labels = labels.Build();
    alert.annotations = model::Labels(std::move(annotations));
    alert.value = *value;
    alert.active_at = at;
    model::Labels key = alert.labels;
    if (!rendered.emplace(std::move(key), std::move(alert)).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  "vector contains metrics with the same labelset after applying alert labels");
    }
  }
  return rendered;
}

void AlertingRule::Merge(Alerts&& current) {
  for (auto& [labels, alert] : current) {
    const auto found = alerts_.find(labels);
    if (found != alerts_.end() && found->second.state != AlertState::kInactive) {
      found->second.value = alert.value;
      found->second.annotations = std::move(alert.annotations);
    } else {
      alerts_.insert_or_assign(labels, std::move(alert));
    }
  }
}

// Of an alert whose condition holds. A reload may have raised `for`: what fired too early then waits again.
void AlertingRule::Advance(ActiveAlert& alert, Timestamp at) const {
  const bool held = at - alert.active_at >= spec_.hold_for;
  if (alert.state == AlertState::kPending && held) {
    alert.state = AlertState::kFiring;
    alert.fired_at = at;
  } else if (alert.state == AlertState::kFiring && !held) {
    alert.state = AlertState::kPending;
    alert.fired_at.reset();
  }
}

// Of an alert whose condition is gone: true while `keep_firing_for` holds it. A pending one goes at once.
bool AlertingRule::Retire(ActiveAlert& alert, Timestamp at) const {
  if (alert.state == AlertState::kFiring && spec_.keep_firing_for > Duration(0)) {
    if (!alert.keep_firing_since) alert.keep_firing_since = at;
    if (at - *alert.keep_firing_since < spec_.keep_firing_for) return true;
  }
  if (alert.state != AlertState::kInactive) {
    alert.state = AlertState::kInactive;
    alert.resolved_at = at;
  }
  return false;
}

Result<model::Vector> AlertingRule::Evaluate(const model::Vector& vector, Timestamp at, Duration offset,
                                             int64_t limit) {
  auto current = Render(vector, at);
  if (!current) return tl::unexpected(current.error());
  std::unordered_set<model::Labels, model::LabelsHash> present;
  for (const auto& [labels, alert] : *current) present.insert(labels);
  Merge(std::move(*current));

  model::Vector samples;
  int64_t active = 0;
  for (auto it = alerts_.begin(); it != alerts_.end();) {
    ActiveAlert& alert = it->second;
    bool alive = true;
    if (present.contains(it->first)) {
      alert.keep_firing_since.reset();
    } else {
      const bool expired = alert.resolved_at && at - *alert.resolved_at > kResolvedRetention;
      if (alert.state == AlertState::kPending || expired) {
        it = alerts_.erase(it);
        continue;
      }
      alive = Retire(alert, at);
    }
    ++it;
    if (!alive) continue;
    ++active;
    Advance(alert, at);
    samples.push_back(StateSample(alert, at - offset));
    samples.push_back(ForStateSample(alert, at - offset));
  }
  if (limit > 0 && active > limit) {
    alerts_.clear();
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("exceeded limit of {} with {} alerts", limit, active));
  }
  return samples;
}

model::AlertPtr AlertingRule::Export(const ActiveAlert& alert, Timestamp at, const SendPolicy& policy) const {
  model::Alert out;
  model::LabelsBuilder labels(alert.labels);
  for (const model::Label& label : scope_.external_labels()) {
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
  return std::make_shared<const model::Alert>(std::move(out));
}

std::vector<model::AlertPtr> AlertingRule::TakeDue(Timestamp at, const SendPolicy& policy) {
  std::vector<model::AlertPtr> due;
  for (auto& [labels, alert] : alerts_) {
    if (!IsDue(alert, at, policy.resend_delay)) continue;
    alert.last_sent_at = at;
    due.push_back(Export(alert, at, policy));
  }
  std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a->labels < b->labels; });
  return due;
}

std::vector<ActiveAlert> AlertingRule::Snapshot() const {
  std::vector<ActiveAlert> active;
  for (const auto& [labels, alert] : alerts_) {
    if (alert.state != AlertState::kInactive) active.push_back(alert);
  }
  std::sort(active.begin(), active.end(),
            [](const ActiveAlert& a, const ActiveAlert& b) { return a.labels < b.labels; });
  return active;
}

}  // namespace tocsin::rules
