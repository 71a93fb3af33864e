#include "alerting/rules/group.h"

#include <algorithm>
#include <utility>

#include "alerting/rules/recording_rule.h"

namespace tocsin::rules {

Group::Group(std::shared_ptr<const GroupSpec> spec, const GroupDependencies& dependencies)
    : spec_(std::move(spec)), dependencies_(dependencies) {
  dependencies_.log = dependencies_.log.With({{"file", spec_->file}, {"group", spec_->name}});
  rules_.reserve(spec_->rules.size());
  for (const RuleSpec& rule : spec_->rules) {
    RuleState& state = rules_.emplace_back();
    state.spec = &rule;
    if (rule.kind == RuleKind::kAlerting) state.alerting.emplace(rule, *spec_->scope, dependencies_.log);
  }
  totals_.spec = spec_;
  Publish();
}

void Group::Evaluate(Timestamp at, const std::stop_token& stop) {
  const Timestamp start = dependencies_.clock.Now();
  spec_->scope->MoveTo(at, stop);
  totals_.last_samples = 0;
  for (RuleState& rule : rules_) {
    if (stop.stop_requested()) return;
    EvaluateRule(rule, at, stop);
  }
  EndOrphans(at - spec_->query_offset);
  ++totals_.iterations;
  totals_.last_evaluation = at;
  totals_.evaluation_time = dependencies_.clock.Now() - start;
  Publish();
}

void Group::AddMissed(uint64_t slots) { totals_.iterations_missed += slots; }

void Group::EvaluateRule(RuleState& rule, Timestamp at, const std::stop_token& stop) {
  const Timestamp start = dependencies_.clock.Now();
  ++totals_.evaluations;
  const auto samples = Compute(rule, at, stop);
  if (samples) {
    rule.health = Health::kGood;
    rule.last_error.reset();
    totals_.last_samples += samples->size();
    if (rule.alerting) {
      const auto due = rule.alerting->TakeDue(at, {dependencies_.resend_delay, spec_->interval});
      if (!due.empty()) dependencies_.sink.Receive(due);
    }
    Write(rule, *samples, at - spec_->query_offset);
  } else if (samples.error().code() != ErrorCode::kCanceled) {
    ++totals_.evaluation_failures;
    Blame(rule, samples.error());
  }
  rule.last_evaluation = at;
  rule.evaluation_time = dependencies_.clock.Now() - start;
}

Result<model::Vector> Group::Compute(RuleState& rule, Timestamp at, const std::stop_token& stop) {
  auto vector = ToVector(rule.spec->query->Instant(at - spec_->query_offset, stop));
  if (!vector) return vector;
  if (rule.alerting) return rule.alerting->Evaluate(*vector, at, spec_->query_offset, spec_->limit);
  return Record(*rule.spec, std::move(*vector), spec_->limit);
}

// A sample that the store refuses makes the rule bad, but keeps the others.
void Group::Write(RuleState& rule, const model::Vector& samples, Timestamp at) {
  if (samples.empty() && rule.written.empty()) return;
  const auto appender = dependencies_.appendable.MakeAppender();
  Written written;
  for (const model::VectorElement& sample : samples) {
    const auto known = rule.written.find(sample.labels);
    const model::SeriesRef ref = known == rule.written.end() ? 0 : known->second;
    const auto appended = appender->Append(ref, sample.labels, sample.timestamp, sample.value);
    if (appended) {
      written.emplace(sample.labels, *appended);
    } else {
      Blame(rule, appended.error());
    }
  }
  for (const auto& [labels, ref] : rule.written) {
    if (written.contains(labels)) continue;
    const auto ended = appender->Append(ref, labels, at, model::StaleNan());
    if (!ended)
      dependencies_.log.Debug("Ending a series failed",
                              {{"series", labels.ToString()}, {"err", ended.error()}});
  }
  if (const Status status = appender->Commit(); !status) return Blame(rule, status.error());
  rule.written = std::move(written);
}

void Group::Blame(RuleState& rule, const Error& error) {
  rule.health = Health::kBad;
  rule.last_error = error;
  dependencies_.log.Warn("Evaluating rule failed", {{"rule", rule.spec->name}, {"err", error}});
}

void Group::TakeStateFrom(Group& old) {
  std::vector<bool> used(rules_.size(), false);
  for (RuleState& from : old.rules_) {
    size_t match = rules_.size();
    for (size_t i = 0; i < rules_.size() && match == rules_.size(); ++i) {
      const RuleSpec& spec = *rules_[i].spec;
      if (!used[i] && spec.kind == from.spec->kind && spec.name == from.spec->name &&
          spec.labels == from.spec->labels) {
        match = i;
      }
    }
    if (match == rules_.size()) {
      if (!from.written.empty()) orphans_.push_back(std::exchange(from.written, {}));
      continue;
    }
    used[match] = true;
    RuleState& to = rules_[match];
    to.written = std::exchange(from.written, {});
    if (to.alerting && from.alerting) to.alerting->Restore(from.alerting->alerts());
    to.health = from.health;
    to.last_error = from.last_error;
    to.last_evaluation = from.last_evaluation;
    to.evaluation_time = from.evaluation_time;
  }
  std::move(old.orphans_.begin(), old.orphans_.end(), std::back_inserter(orphans_));
  old.orphans_.clear();
  totals_.last_evaluation = old.totals_.last_evaluation;
  totals_.evaluation_time = old.totals_.evaluation_time;
  Publish();
}

void Group::EndOrphans(Timestamp at) {
  if (orphans_.empty()) return;
  const auto appender = dependencies_.appendable.MakeAppender();
  for (const Written& written : orphans_) {
    for (const auto& [labels, ref] : written) {
      const bool taken_over =
          std::any_of(rules_.begin(), rules_.end(),
                      [&series = labels](const RuleState& rule) { return rule.written.contains(series); });
      if (taken_over) continue;
      const auto ended = appender->Append(ref, labels, at, model::StaleNan());
      if (!ended)
        dependencies_.log.Debug("Ending a series failed",
                                {{"series", labels.ToString()}, {"err", ended.error()}});
    }
  }
  orphans_.clear();
  if (const Status status = appender->Commit(); !status) {
    dependencies_.log.Warn("Ending the series of removed rules failed", {{"err", status.error()}});
  }
}

void Group::MarkStale(Timestamp at) {
  for (RuleState& rule : rules_) orphans_.push_back(std::exchange(rule.written, {}));
  EndOrphans(at);
}

void Group::Publish() {
  auto snapshot = std::make_shared<GroupSnapshot>(totals_);
  snapshot->rules.reserve(rules_.size());
  for (const RuleState& rule : rules_) {
    RuleSnapshot& shown = snapshot->rules.emplace_back();
    shown.spec = rule.spec;
    shown.health = rule.health;
    shown.last_error = rule.last_error;
    shown.last_evaluation = rule.last_evaluation;
    shown.evaluation_time = rule.evaluation_time;
    if (rule.alerting) shown.alerts = rule.alerting->Snapshot();
  }
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(snapshot);
}

std::shared_ptr<const GroupSnapshot> Group::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

}  // namespace tocsin::rules
