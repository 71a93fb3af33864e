// A recording rule: an expression's vector under a name and labels of its own.
#pragma once

#include "alerting/model/query_engine.h"
#include "alerting/rules/rule_spec.h"

namespace tocsin::rules {

/// Renames and labels the elements. kInvalidArgument when two come to have equal labels; kResourceExhausted
/// over `limit` (0: none).
Result<model::Vector> Record(const RuleSpec& spec, model::Vector vector, int64_t limit);

}  // namespace tocsin::rules
