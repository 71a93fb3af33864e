// Prometheus' API v1: rules and alerts. https://prometheus.io/docs/prometheus/latest/querying/api/#rules
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "alerting/rules/snapshot.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Gives the groups as they are now. Thread safe.
using GroupsSource = std::function<std::vector<std::shared_ptr<const rules::GroupSnapshot>>()>;

/// Adds GET /api/v1/rules and GET /api/v1/alerts, with Prometheus' parameters, and one of our own for both:
/// `resolved=true` shows the alerts that ended in the last quarter of an hour, too, with `resolvedAt` and
/// `endReason`.
void AddRulesApi(http::Router& router, const GroupsSource& groups);

}  // namespace tocsin::web
