// What is told to a receiver: the alerts of one group, as they stood at one moment.
#pragma once

#include <string>
#include <vector>

#include "alerting/model/alert.h"

namespace tocsin::notify {

/// Names one integration of one receiver: the second Slack channel of "team" is {"team", "slack", 1}.
struct IntegrationId {
  std::string receiver;
  std::string type;
  size_t index = 0;

  std::string ToString() const;  ///< "team/slack[1]"
  friend auto operator<=>(const IntegrationId&, const IntegrationId&) = default;
};

struct Notification {
  std::string group_key;  ///< stays the same from one notification of a group to the next
  std::string receiver;
  model::Labels group_labels;
  std::vector<model::AlertPtr> alerts;  ///< never empty; sorted by job, instance, then all labels
  /// Whether an alert is firing or resolved is judged by this moment, however long the delivery takes.
  Timestamp now;

  bool IsFiring(const model::Alert& alert) const { return !alert.ResolvedAt(now); }
  bool AnyFiring() const;
};

/// The order in which alerts are listed: by the labels job and instance first, as Alertmanager does.
void SortAlerts(std::vector<model::AlertPtr>& alerts);

}  // namespace tocsin::notify
