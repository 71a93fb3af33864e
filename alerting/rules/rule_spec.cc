#include "alerting/rules/rule_spec.h"

#include <algorithm>

namespace tocsin::rules {

bool SameRule(const RuleSpec& a, const RuleSpec& b) {
  return a.kind == b.kind && a.name == b.name && a.query->text() == b.query->text() &&
         a.hold_for == b.hold_for && a.keep_firing_for == b.keep_firing_for && a.labels == b.labels &&
         a.annotations == b.annotations;
}

bool SameGroup(const GroupSpec& a, const GroupSpec& b) {
  return a.file == b.file && a.name == b.name && a.interval == b.interval &&
         a.query_offset == b.query_offset && a.limit == b.limit && a.labels == b.labels &&
         a.scope->external_labels() == b.scope->external_labels() &&
         a.scope->external_url() == b.scope->external_url() &&
         std::equal(a.rules.begin(), a.rules.end(), b.rules.begin(), b.rules.end(), SameRule);
}

}  // namespace tocsin::rules
