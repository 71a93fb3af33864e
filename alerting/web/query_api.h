// Prometheus' API v1: queries. https://prometheus.io/docs/prometheus/latest/querying/api/#expression-queries
#pragma once

#include <memory>

#include "alerting/model/query_engine.h"
#include "alerting/web/query_gate.h"
#include "base/clock.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Adds /api/v1/query and /api/v1/query_range behind the gate; GET and POST. The engine and the clock
/// must outlive the router.
void AddQueryApi(http::Router& router, const model::QueryEngine& engine, const Clock& clock,
                 const QueryGate& gate);

}  // namespace tocsin::web
