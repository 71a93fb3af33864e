// Reads Prometheus' rule files, strictly: every key of the format is known, and every fault is reported with
// its line and column, those inside expressions and templates, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/query_engine.h"
#include "alerting/rules/rule_spec.h"
#include "base/error.h"
#include "base/time.h"

namespace tocsin::rules {

struct RuleReadOptions {
  Duration default_interval{60'000};  ///< global.evaluation_interval
  Duration default_query_offset{0};   ///< global.rule_query_offset
  model::Labels external_labels;      ///< what templates see as $externalLabels
  std::string external_url;
  bool own_keys = false;        ///< also `resolve_expr` and `no_data`, which Prometheus does not know
  bool ignore_unknown = false;  ///< keys that nobody knows are passed over
};

/// One file's groups. `source` names it in positions and in the groups; the engine must outlive what is
/// returned.
Checked<GroupSpecs> ReadRules(std::string_view text, const std::string& source,
                              const model::QueryEngine& engine, const RuleReadOptions& options);

/// All groups of the files, in order, each file once; the errors of all files when any has one.
Checked<GroupSpecs> ReadRuleFiles(const std::vector<std::string>& files, const model::QueryEngine& engine,
                                  const RuleReadOptions& options);

}  // namespace tocsin::rules
