// The whole grammar of PromQL as Prometheus 3.5 has it, by recursive descent.
#pragma once

#include <string_view>

#include "alerting/promql/parse/ast.h"
#include "base/error.h"

namespace tocsin::promql {

struct ParseOptions {
  bool enable_experimental = false;   ///< functions and aggregations that Prometheus hides behind a flag
  bool enable_duration_expr = false;  ///< arithmetic in durations, likewise
};

/// Parses and type-checks. Failures are kInvalidArgument at the position in `text` (the source is left
/// empty), in Prometheus' wording: Error::ToString() gives `1:5: parse error: unexpected identifier "bar"`.
Result<ExprPtr> Parse(std::string_view text, ParseOptions options = {});

/// A selector alone, as the API's `match[]` has it: `up{job="x"}`, `{__name__=~"a.*"}`. It may match
/// anything.
Result<model::Matchers> ParseSelector(std::string_view text);

}  // namespace tocsin::promql
