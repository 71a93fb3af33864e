// Prometheus' API v1: what is scraped, and what the targets say of their metrics.
// https://prometheus.io/docs/prometheus/latest/querying/api/#targets
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "alerting/collect/scrape/scraper.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Called for each request, from any thread.
using JobsSource = std::function<std::vector<collect::JobSnapshot>()>;

/// Adds /api/v1/targets, /api/v1/scrape_pools and /api/v1/targets/metadata. A target on
/// this machine has a `globalUrl` with the host of `external_url`, as Prometheus shows it; "" leaves it as it
/// is scraped.
void AddTargetsApi(http::Router& router, const JobsSource& jobs, const std::string& external_url);

/// `url` as others reach it: of a local host, the host of `external_url` takes its place.
std::string GlobalUrl(const std::string& url, const std::string& external_url);

/// Adds /api/v1/metadata: of the metrics by their names, whoever exposes them.
void AddMetadataApi(http::Router& router, const JobsSource& jobs);

}  // namespace tocsin::web
