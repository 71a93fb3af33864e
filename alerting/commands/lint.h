// What is right by the format, but probably not meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "alerting/rules/rule_spec.h"
#include "base/error.h"

namespace tocsin::app {

/// Which checks run; by name in --lint.
struct LintChecks {
  bool duplicate_rules = true;   ///< "duplicate-rules": the same name, expression and labels twice
  bool value_in_labels = false;  ///< "value-in-labels": each new value makes another alert
  bool missing_for = false;      ///< "missing-for": one bad sample is enough
  bool missing_runbook = false;  ///< "missing-runbook": no annotation runbook or runbook_url
  bool empty_selectors = false;  ///< "empty-selectors": nothing matches now; needs an API to ask

  /// Of "all", "none", or names with commas; kInvalidArgument names what there is.
  static Result<LintChecks> Parse(std::string_view text);
};

/// Findings with the place of the rule. `url` is the API to ask about selectors; without one they are not
/// checked. An API that does not answer is a finding, too.
Errors Lint(const rules::GroupSpecs& groups, const LintChecks& checks, const std::optional<std::string>& url);

}  // namespace tocsin::app
