#include "alerting/rules/group.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "alerting/rules/recording_rule.h"

namespace tocsin::rules {

Elapsed SteadyNow() { return std::chrono::steady_clock::now().time_since_epoch(); }

Group::Group(std::shared_ptr<const GroupSpec> spec, const GroupDependencies& dependencies)
    : spec_(std::move(spec)), dependencies_(dependencies) {
  dependencies_.log = dependencies_.log.With({{"file", spec_->file}, {"group", spec_->name}});
  std::map<RuleKey, size_t> numbers;
  rules_.reserve(spec_->rules.size());
  for (const RuleSpec& rule : spec_->rules) {
    RuleState& state = rules_.emplace_back();
    state.spec = &rule;
    state.key = {spec_->file, spec_->name, rule.name, rule.labels, 0};
    state.key.number = numbers[state.key]++;
    if (rule.kind == RuleKind::kAlerting) state.alerting.emplace(rule, *spec_->scope, dependencies_.log);
  }
  totals_.spec = spec_;
  if (dependencies_.engine != nullptr) {
    std::vector<const model::PreparedQuery*> queries;
    for (const RuleSpec& rule : spec_->rules) queries.push_back(rule.query.get());
    round_ = dependencies_.engine->MakeRound(queries);
  }
  Publish();
}

void Group::Evaluate(Timestamp at, const std::stop_token& stop) {
  const Elapsed start = dependencies_.stopwatch();
  spec_->scope->MoveTo(at, stop);
  totals_.last_samples = 0;
  if (dependencies_.keeper != nullptr) dependencies_.keeper->Beat(at);
  if (round_) round_->Begin();
  for (RuleState& rule : rules_) {
    if (stop.stop_requested()) return;
    EvaluateRule(rule, at, stop);
  }
  if (round_) round_->Begin();  // what was found is not needed any more
  EndOrphans(at - spec_->query_offset);
  ++totals_.iterations;
  totals_.last_evaluation = at;
  const auto good = [](const RuleState& rule) { return rule.health == Health::kGood; };
  if (rules_.empty() || std::any_of(rules_.begin(), rules_.end(), good)) totals_.last_success = at;
  const Elapsed end = dependencies_.stopwatch();
  totals_.evaluation_time = end - start;
  if (dependencies_.times) dependencies_.times->groups.Observe(totals_.evaluation_time, end);
  Publish();
}

void Group::AddMissed(uint64_t slots) { totals_.iterations_missed += slots; }

void Group::EvaluateRule(RuleState& rule, Timestamp at, const std::stop_token& stop) {
  const Elapsed start = dependencies_.stopwatch();
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
  if (rule.alerting && dependencies_.keeper != nullptr) rule.alerting->Save(*dependencies_.keeper, rule.key);
  rule.last_evaluation = at;
  const Elapsed end = dependencies_.stopwatch();
  rule.evaluation_time = end - start;
  if (dependencies_.times) dependencies_.times->rules.Observe(rule.evaluation_time, end);
}

Result<model::Vector> Group::Compute(RuleState& rule, Timestamp at, const std::stop_token& stop) {
  const Timestamp when = at - spec_->query_offset;
  auto vector = ToVector(round_ ? rule.spec->query->InstantIn(*round_, when, stop)
                                : rule.spec->query->Instant(when, stop));
  if (!vector) return vector;
  if (rule.alerting) {
    return rule.alerting->Evaluate(*vector, {.at = at,
                                             .offset = spec_->query_offset,
                                             .limit = spec_->limit,
                                             .restoring_until = restoring_until_,
                                             .kept = dependencies_.keeper != nullptr,
                                             .stop = stop});
  }
  return Record(*rule.spec, std::move(*vector), spec_->limit);
}

// A sample that the store refuses makes the rule bad, but keeps the others.
void Group::Write(RuleState& rule, const model::Vector& samples, Timestamp at) {
  if (samples.empty() && rule.written.empty()) return;
  const auto appender = dependencies_.appendable.MakeAppender();
  PastWrites past(rule.written);
  Written written;
  written.reserve(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    const model::VectorElement& sample = samples[i];
    const auto known = past.Find(i, sample.labels);
    const model::SeriesRef ref = known ? past.RefAt(*known) : 0;
    const auto appended = appender->Append(ref, sample.labels, sample.timestamp, sample.value);
    if (!appended) {
      Blame(rule, appended.error());
      continue;
    }
    if (known) past.GoesOn(*known);
    written.emplace_back(sample.labels, *appended);
  }
  past.ForEachEnded(
      [&](const model::Labels& labels, model::SeriesRef ref) { End(*appender, labels, ref, at); });
  const Status status = appender->Commit();
  if (round_) {
    std::vector<model::Labels> touched;
    touched.reserve(written.size() + rule.written.size());
    for (const auto& [labels, ref] : written) touched.push_back(labels);
    past.ForEachEnded([&](const model::Labels& labels, model::SeriesRef) { touched.push_back(labels); });
    round_->Written(touched);
  }
  if (!status) return Blame(rule, status.error());
  rule.written = std::move(written);
}

void Group::End(model::Appender& appender, const model::Labels& series, model::SeriesRef ref,
                Timestamp at) const {
  const auto ended = appender.Append(ref, series, at, model::StaleNan());
  if (ended) return;
  dependencies_.log.Debug("Ending a series failed", {{"series", series.ToString()}, {"err", ended.error()}});
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
    if (from.alerting && dependencies_.keeper != nullptr) {
      from.alerting->ForgetAll(*dependencies_.keeper, from.key);
    }
    if (match == rules_.size()) {
      if (!from.written.empty()) orphans_.push_back(std::exchange(from.written, {}));
      continue;
    }
    used[match] = true;
    RuleState& to = rules_[match];
    to.written = std::exchange(from.written, {});
    if (to.alerting && from.alerting) {
      to.alerting->Restore(from.alerting->alerts());
      if (dependencies_.keeper != nullptr) to.alerting->SaveAll(*dependencies_.keeper, to.key);
    }
    to.health = from.health;
    to.last_error = from.last_error;
    to.last_evaluation = from.last_evaluation;
    to.evaluation_time = from.evaluation_time;
  }
  std::move(old.orphans_.begin(), old.orphans_.end(), std::back_inserter(orphans_));
  old.orphans_.clear();
  restoring_until_ = old.restoring_until_;
  totals_.last_evaluation = old.totals_.last_evaluation;
  totals_.last_success = old.totals_.last_success;
  totals_.evaluation_time = old.totals_.evaluation_time;
  Publish();
}

void Group::EndOrphans(Timestamp at) {
  if (orphans_.empty()) return;
  const auto appender = dependencies_.appendable.MakeAppender();
  std::unordered_set<model::Labels, model::LabelsHash> taken_over;
  for (const RuleState& rule : rules_) {
    for (const auto& [labels, ref] : rule.written) taken_over.insert(labels);
  }
  for (const Written& written : orphans_) {
    for (const auto& [labels, ref] : written) {
      if (!taken_over.contains(labels)) End(*appender, labels, ref, at);
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

void Group::TakeKept(KeptStates& kept, Timestamp now, Timestamp restoring_until) {
  restoring_until_ = restoring_until;
  const bool forgotten = now - kept.down_since > dependencies_.for_state.outage_tolerance;
  for (RuleState& rule : rules_) {
    const auto found = kept.alerts.find(rule.key);
    if (found == kept.alerts.end() || !rule.alerting) continue;
    std::vector<ActiveAlert> alerts = std::move(found->second);
    kept.alerts.erase(found);
    // Whether a condition held all through a long outage, nobody knows.
    const auto dropped = std::stable_partition(alerts.begin(), alerts.end(), [&](const ActiveAlert& alert) {
      return !forgotten || alert.state != AlertState::kPending;
    });
    if (dependencies_.keeper != nullptr) {
      std::for_each(dropped, alerts.end(),
                    [&](const auto& alert) { dependencies_.keeper->Forget(rule.key, alert.labels); });
    }
    alerts.erase(dropped, alerts.end());
    rule.alerting->RestoreKept(std::move(alerts));
  }
  Publish();
}

void Group::RestoreFromSamples(Timestamp now, const std::stop_token& stop) {
  if (dependencies_.engine == nullptr) return;
  const Elapsed start = dependencies_.stopwatch();
  for (RuleState& rule : rules_) {
    if (!rule.alerting) continue;
    const Status restored =
        RestoreForState(*rule.alerting, *dependencies_.engine, now, dependencies_.for_state, stop);
    if (!restored) {
      dependencies_.log.Warn("Restoring the state of a rule failed",
                             {{"rule", rule.spec->name}, {"err", restored.error()}});
    }
    if (dependencies_.keeper != nullptr) rule.alerting->Save(*dependencies_.keeper, rule.key);
  }
  totals_.restore_time = dependencies_.stopwatch() - start;
  Publish();
}

void Group::SaveAll() {
  if (dependencies_.keeper == nullptr) return;
  for (RuleState& rule : rules_) {
    if (rule.alerting) rule.alerting->SaveAll(*dependencies_.keeper, rule.key);
  }
}

void Group::ForgetAll() {
  if (dependencies_.keeper == nullptr) return;
  for (RuleState& rule : rules_) {
    if (rule.alerting) rule.alerting->ForgetAll(*dependencies_.keeper, rule.key);
  }
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
    if (!rule.alerting) continue;
    shown.alerts = rule.alerting->Active();
    shown.resolved = rule.alerting->Resolved();
  }
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(snapshot);
}

std::shared_ptr<const GroupSnapshot> Group::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

}  // namespace tocsin::rules
