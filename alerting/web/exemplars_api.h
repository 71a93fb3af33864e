// Prometheus' API v1: exemplars.
// https://prometheus.io/docs/prometheus/latest/querying/api/#querying-exemplars
#pragma once

#include "alerting/model/exemplar.h"
#include "alerting/promql/parse/parser.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Adds /api/v1/query_exemplars, GET and POST: the exemplars of the series that the query's selectors name.
/// The source must outlive the router.
void AddExemplarsApi(http::Router& router, const model::ExemplarSource& source, promql::ParseOptions options);

}  // namespace tocsin::web
