// The functions that Prometheus' rule templates have beside Go's.
#pragma once

#include <functional>
#include <string>

#include "alerting/model/query_engine.h"
#include "alerting/template/template.h"

namespace tocsin::templating {

/// What the functions see of the moment they run in. Thread safe when `query` and `now` are.
struct PrometheusEnvironment {
  /// Evaluates an instant expression at the rule's time.
  std::function<Result<model::Vector>(const std::string& expression)> query;
  std::function<Timestamp()> now;  ///< the rule's evaluation time
  std::string external_url;
};

/// query first label value strvalue args reReplaceAll safeHtml match title toUpper toLower graphLink
/// tableLink sortByLabel stripPort stripDomain humanize humanize1024 humanizeDuration humanizePercentage
/// humanizeTimestamp toTime toDuration now pathPrefix externalURL parseDuration urlQueryEscape.
FunctionTable PrometheusFunctions(const PrometheusEnvironment& environment);

}  // namespace tocsin::templating
