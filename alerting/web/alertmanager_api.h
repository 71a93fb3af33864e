// Alertmanager's API v2, as amtool, Grafana and Prometheus speak it:
// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "alerting/notify/notifier.h"
#include "alerting/notify/silence/silences.h"
#include "alerting/web/guard.h"
#include "base/clock.h"
#include "base/http/server.h"

namespace tocsin::web {

/// What the handlers ask; the references must outlive the server.
struct AlertmanagerApi {
  notify::Notifier& notifier;
  std::shared_ptr<notify::Silences> silences;
  const Clock& clock;
  Guard guard;  ///< before everything that changes something
  /// The configuration in force as text, secrets masked.
  std::function<std::string()> config;
  std::string version;
  Timestamp started;
  /// Calls back when the silences made before are safe on disk, or could not be made so. Empty: they live as
  /// long as the process.
  std::function<void(std::function<void(Status)>)> when_safe;
};

/// Adds /api/v2/status, receivers, alerts, alerts/groups, silences and silence/{id}. Status codes and
/// messages are Alertmanager 0.33's; where Go's JSON decoder speaks in a message, ours speaks instead.
void AddAlertmanagerApi(http::Router& router, const AlertmanagerApi& api);

}  // namespace tocsin::web
