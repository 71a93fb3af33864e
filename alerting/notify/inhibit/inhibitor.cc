#include "alerting/notify/inhibit/inhibitor.h"

#include <algorithm>
#include <iterator>

namespace tocsin::notify {

std::string Inhibitor::Rule::KeyOf(const model::Labels& labels) const {
  std::string key;
  for (const std::string& name : equal) key.append(labels.Get(name)) += '\xff';
  return key;
}

Inhibitor::Inhibitor(const std::vector<InhibitRuleOptions>& rules) {
  rules_.reserve(rules.size());
  for (const InhibitRuleOptions& rule : rules) rules_.push_back({rule.source, rule.target, rule.equal, {}});
}

void Inhibitor::Update(const model::AlertPtr& alert) {
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_) {
    if (MatchesAll(rule.source, alert->labels)) {
      rule.by_equal[rule.KeyOf(alert->labels)].insert_or_assign(alert->labels, alert);
    }
  }
}

void Inhibitor::Collect(Timestamp now) {
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_) {
    for (auto equal = rule.by_equal.begin(); equal != rule.by_equal.end();) {
      std::erase_if(equal->second, [now](const auto& source) { return source.second->ResolvedAt(now); });
      equal = equal->second.empty() ? rule.by_equal.erase(equal) : std::next(equal);
    }
  }
}

std::vector<uint64_t> Inhibitor::InhibitedBy(const model::Labels& labels, Timestamp now) const {
  std::vector<uint64_t> sources;
  const std::lock_guard lock(mutex_);
  for (const Rule& rule : rules_) {
    if (!MatchesAll(rule.target, labels)) continue;
    auto equal = rule.by_equal.find(rule.KeyOf(labels));
    if (equal == rule.by_equal.end()) continue;
    const bool both_sides = MatchesAll(rule.source, labels);
    auto source = std::find_if(equal->second.begin(), equal->second.end(), [&](const auto& entry) {
      return !entry.second->ResolvedAt(now) && !(both_sides && MatchesAll(rule.target, entry.first));
    });
    if (source != equal->second.end()) sources.push_back(source->first.Fingerprint());
  }
  return sources;
}

}  // namespace tocsin::notify
