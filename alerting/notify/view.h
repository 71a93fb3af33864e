// The alerts as they were at one moment, with what the configuration makes of them: for the API and the
// commands.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alerting/notify/dispatch/route.h"
#include "alerting/notify/inhibit/inhibitor.h"
#include "alerting/notify/notification.h"
#include "alerting/notify/silence/silences.h"
#include "alerting/notify/timeinterval/time_intervals.h"

namespace tocsin::notify {

/// Why an alert is not told; each list empty when nothing of the kind keeps it back.
struct AlertStatus {
  std::vector<uint64_t> inhibited_by;  ///< fingerprints of the sources
  std::vector<std::string> silenced_by;
  std::vector<std::string> muted_by;  ///< time intervals, of the group alone: an alert can be in several

  bool suppressed() const { return !inhibited_by.empty() || !silenced_by.empty() || !muted_by.empty(); }
};

/// Alerts of one route with the same group labels.
struct GroupView {
  std::string receiver;
  model::Labels labels;
  std::vector<model::AlertPtr> alerts;  ///< in the order of SortAlerts
  std::vector<std::string> muted_by;
};

/// Thread safe to read.
struct View {
  Timestamp now;
  std::vector<model::AlertPtr> alerts;  ///< that fire, in no order
  std::vector<std::string> receivers;   ///< of the configuration, in its order
  std::shared_ptr<const Route> routes;  ///< null before the first configuration
  std::shared_ptr<const Inhibitor> inhibitor;
  std::shared_ptr<const Silences> silences;
  std::shared_ptr<const TimeIntervals> intervals;

  AlertStatus StatusOf(const model::Alert& alert) const;
  /// The receivers that the alert's routes name, in the routes' order.
  std::vector<std::string> ReceiversOf(const model::Labels& labels) const;
  /// By labels, then receiver; `wanted` picks routes.
  std::vector<GroupView> Groups(const std::function<bool(const Route&)>& wanted) const;
};

}  // namespace tocsin::notify
