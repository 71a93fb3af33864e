// Prometheus' API v1: what series and labels there are.
// https://prometheus.io/docs/prometheus/latest/querying/api/#querying-metadata
#pragma once

#include "alerting/model/series_source.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Adds /api/v1/series, /api/v1/labels and /api/v1/label/:name/values. The source must outlive the router.
void AddLabelsApi(http::Router& router, const model::LabelSource& source);

}  // namespace tocsin::web
