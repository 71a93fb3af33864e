#include "alerting/notify/view.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tocsin::notify {

AlertStatus View::StatusOf(const model::Alert& alert) const {
  AlertStatus status;
  if (inhibitor) status.inhibited_by = inhibitor->InhibitedBy(alert.labels, now);
  if (silences) status.silenced_by = silences->SilencedBy(alert.labels);
  return status;
}

std::vector<std::string> View::ReceiversOf(const model::Labels& labels) const {
  std::vector<std::string> names;
  if (!routes) return names;
  for (const Route* route : routes->Match(labels)) names.push_back(route->receiver());
  return names;
}

std::vector<GroupView> View::Groups(const std::function<bool(const Route&)>& wanted) const {
  std::vector<GroupView> groups;
  if (!routes) return groups;
  std::map<std::pair<const Route*, model::Labels>, size_t> places;
  for (const model::AlertPtr& alert : alerts) {
    for (const Route* route : routes->Match(alert->labels)) {
      if (!wanted(*route)) continue;
      model::Labels labels = route->GroupLabels(alert->labels);
      auto [place, is_new] = places.try_emplace({route, labels}, groups.size());
      if (is_new) {
        std::vector<std::string> muted_by = intervals->OutsideOf(route->active_time_intervals(), now);
        if (muted_by.empty()) muted_by = intervals->Holding(route->mute_time_intervals(), now);
        groups.push_back({route->receiver(), std::move(labels), {}, std::move(muted_by)});
      }
      groups[place->second].alerts.push_back(alert);
    }
  }
  for (GroupView& group : groups) SortAlerts(group.alerts);
  std::stable_sort(groups.begin(), groups.end(), [](const GroupView& a, const GroupView& b) {
    if (a.labels != b.labels) return LabelsBefore(a.labels, b.labels);
    return a.receiver < b.receiver;
  });
  return groups;
}

}  // namespace tocsin::notify
