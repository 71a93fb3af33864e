// Prometheus' API v1: what is scraped, and what the targets say of their metrics.
// https://prometheus.io/docs/prometheus/latest/querying/api/#targets
#pragma once

#include <functional>
#include <vector>

#include "alerting/collect/scrape/scraper.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Called for each request, from any thread.
using JobsSource = std::function<std::vector<collect::JobSnapshot>()>;

/// Adds /api/v1/targets, /api/v1/scrape_pools, /api/v1/targets/metadata and /api/v1/metadata.
void AddTargetsApi(http::Router& router, const JobsSource& jobs);

}  // namespace tocsin::web
