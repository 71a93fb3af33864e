#include "alerting/rules/for_state.h"

#include <map>
#include <set>
#include <string>
#include <variant>

#include <fmt/format.h>

namespace tocsin::rules {
namespace {

constexpr Duration kLookback = std::chrono::minutes(5);

struct LastSample {
  Timestamp at;
  Timestamp active_at;
};
using LastSamples = std::map<model::Labels, LastSample>;

model::Labels WithoutName(const model::Labels& labels) {
  return model::LabelsBuilder(labels).Delete(model::kMetricName).Build();
}

std::string Selector(const RuleSpec& spec) {
  return "ALERTS_FOR_STATE{alertname=" + model::Quote(spec.name) + "}";
}

Result<model::QueryResult> Ask(const model::QueryEngine& engine, const std::string& expression, Timestamp at,
                               const std::stop_token& stop) {
  const auto query = engine.Prepare(expression);
  if (!query) return Fail(query.error());
  return (*query)->Instant(at, stop);
}

// Ranges hide stale markers. A series that ended on purpose is not there any more just before its last sample
// would be too old.
Status DropEnded(LastSamples& samples, const RuleSpec& spec, const model::QueryEngine& engine, Timestamp now,
                 const std::stop_token& stop) {
  std::set<Timestamp> times;
  for (const auto& [labels, sample] : samples) times.insert(sample.at);
  for (const Timestamp time : times) {
    const Timestamp look = std::min(now, time + kLookback) - Duration(1);
    const auto alive = Ask(engine, Selector(spec), look, stop);
    if (!alive) return Fail(alive.error());
    std::set<model::Labels> there;
    if (const auto* vector = std::get_if<model::Vector>(&alive->value)) {
      for (const auto& element : *vector) there.insert(WithoutName(element.labels));
    }
    std::erase_if(samples,
                  [&](const auto& item) { return item.second.at == time && !there.contains(item.first); });
  }
  return {};
}

Result<LastSamples> ReadLast(const RuleSpec& spec, const model::QueryEngine& engine, Timestamp now,
                             Duration tolerance, const std::stop_token& stop) {
  const auto found =
      Ask(engine, fmt::format("{}[{}ms]", Selector(spec), tolerance.count()), now - Duration(1), stop);
  if (!found) return Fail(found.error());
  LastSamples samples;
  if (const auto* matrix = std::get_if<model::Matrix>(&found->value)) {
    for (const model::MatrixSeries& series : *matrix) {
      if (series.samples.empty()) continue;
      const model::FloatSample& last = series.samples.back();
      samples[WithoutName(series.labels)] = {last.timestamp, Timestamp::FromSeconds(last.value)};
    }
  }
  return samples;
}

}  // namespace

Status RestoreForState(AlertingRule& rule, const model::QueryEngine& engine, Timestamp now,
                       const ForStateOptions& options, const std::stop_token& stop) {
  const Duration hold_for = rule.spec().hold_for;
  if (hold_for < options.grace_period || rule.alerts().empty()) return {};
  auto samples = ReadLast(rule.spec(), engine, now, options.outage_tolerance, stop);
  if (!samples) return Fail(samples.error());
  if (Status ended = DropEnded(*samples, rule.spec(), engine, now, stop); !ended) return ended;
  for (const ActiveAlert& alert : rule.Active()) {
    const auto found = samples->find(alert.labels);
    if (found == samples->end()) continue;
    const LastSample& last = found->second;
    const Duration remaining = hold_for - (last.at - last.active_at);
    Timestamp active_at = last.active_at;  // of one that fired already
    if (remaining > Duration(0)) {
      active_at = remaining < options.grace_period ? now + options.grace_period - hold_for
                                                   : last.active_at + (now - last.at);
    }
    rule.MoveActive(alert.labels, active_at);
  }
  return {};
}

}  // namespace tocsin::rules
