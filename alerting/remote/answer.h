// What a Prometheus-compatible API answers to a query, as a result or an error of ours.
// https://prometheus.io/docs/prometheus/latest/querying/api/
#pragma once

#include <string_view>

#include "alerting/model/query_engine.h"
#include "base/error.h"

namespace tocsin::remote {

/// The HTTP status and body of /api/v1/query or /api/v1/query_range. An error that the API names keeps its
/// words and gets the code of its type; a status without such words, or a body of another shape, is
/// kUnavailable (401 and 403: kPermission); a native histogram is kUnsupported.
Result<model::QueryResult> ReadAnswer(int status, std::string_view body);

}  // namespace tocsin::remote
