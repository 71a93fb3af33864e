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

/// Adds GET /api/v1/rules (parameters type, rule_name[], rule_group[], file[], exclude_alerts) and GET
/// /api/v1/alerts.
void AddRulesApi(http::Router& router, const GroupsSource& groups);

}  // namespace tocsin::web
