// Prometheus' API v1: expressions as text and as trees.
// https://prometheus.io/docs/prometheus/latest/querying/api/#formatting-query-expressions
#pragma once

#include "alerting/promql/parse/parser.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Adds /api/v1/format_query and /api/v1/parse_query, GET and POST.
void AddSyntaxApi(http::Router& router, promql::ParseOptions options);

}  // namespace tocsin::web
