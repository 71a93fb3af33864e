// What a rule file says, checked and ready to be evaluated: immutable, shared by the running group, its
// snapshots and the API.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/query_engine.h"
#include "alerting/rules/alert_template.h"
#include "alerting/rules/presence.h"
#include "base/error.h"
#include "base/time.h"

namespace tocsin::rules {

enum class RuleKind { kRecording, kAlerting };

/// What becomes of an alert whose series have vanished.
enum class NoData {
  kResolve,  ///< it ends, as in Prometheus
  kKeep,     ///< it stays what it is, pending or firing, until there are data again
  kAlert,    ///< as if its condition held: a pending one goes on to fire
};
/// "resolve", "keep", "alert".
std::string_view NoDataName(NoData no_data);

/// A label or annotation of an alert, whose value is a template.
struct TemplatedLabel {
  std::string name;
  AlertTemplate value;
};

/// Names and values by name; an empty value counts, which a label set does not keep.
using WrittenLabels = std::vector<std::pair<std::string, std::string>>;

struct RuleSpec {
  RuleKind kind = RuleKind::kAlerting;
  std::string name;  ///< the alert's, or the recorded metric's
  std::shared_ptr<const model::PreparedQuery> query;
  SelectorQueries selectors;                                  ///< of `query`; empty for recording rules
  std::shared_ptr<const model::PreparedQuery> resolve_query;  ///< `resolve_expr`; null without one
  NoData no_data = NoData::kResolve;
  Duration hold_for{0};                         ///< `for`
  Duration keep_firing_for{0};                  ///< how long a firing alert stays so after its condition went
  model::Labels labels;                         ///< the group's with the rule's over them, as written
  WrittenLabels written_labels;                 ///< the same; an empty value takes the label away
  WrittenLabels annotations;                    ///< as written
  std::vector<TemplatedLabel> label_templates;  ///< of an alert's labels, in the order of `labels`
  std::vector<TemplatedLabel> annotation_templates;
  Position position;
};

/// True when both ask, name and label the same, whatever file they came from.
bool SameRule(const RuleSpec& a, const RuleSpec& b);

struct GroupSpec {
  std::string file;
  std::string name;
  Duration interval{0};
  Duration query_offset{0};
  int64_t limit = 0;  ///< of alerts or series a rule may give; 0 is none
  model::Labels labels;
  std::vector<RuleSpec> rules;
  std::shared_ptr<TemplateScope> scope;  ///< of all the group's templates; the running group moves it along
  Position position;
};

/// True when a running group of `a` need not change for `b`.
bool SameGroup(const GroupSpec& a, const GroupSpec& b);

using GroupSpecs = std::vector<std::shared_ptr<const GroupSpec>>;

}  // namespace tocsin::rules
