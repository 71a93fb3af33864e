#include "alerting/rules/rule_spec.h"

#include <algorithm>
#include <string_view>

namespace tocsin::rules {

std::string_view NoDataName(NoData no_data) {
  switch (no_data) {
    case NoData::kResolve:
      return "resolve";
    case NoData::kKeep:
      return "keep";
    case NoData::kAlert:
      return "alert";
  }
  return "resolve";
}

bool SameRule(const RuleSpec& a, const RuleSpec& b) {
  const auto text = [](const auto& query) { return query == nullptr ? std::string_view() : query->text(); };
  return a.kind == b.kind && a.name == b.name && a.query->text() == b.query->text() &&
         a.hold_for == b.hold_for && a.keep_firing_for == b.keep_firing_for &&
         a.written_labels == b.written_labels && a.annotations == b.annotations &&
         text(a.resolve_query) == text(b.resolve_query) && a.no_data == b.no_data;
}

bool SameGroup(const GroupSpec& a, const GroupSpec& b) {
  return a.file == b.file && a.name == b.name && a.interval == b.interval &&
         a.query_offset == b.query_offset && a.limit == b.limit && a.labels == b.labels &&
         a.scope->external_labels() == b.scope->external_labels() &&
         a.scope->external_url() == b.scope->external_url() &&
         std::equal(a.rules.begin(), a.rules.end(), b.rules.begin(), b.rules.end(), SameRule);
}

}  // namespace tocsin::rules
