#include "alerting/notify/notification.h"

#include <algorithm>

#include <fmt/format.h>

namespace tocsin::notify {

std::string IntegrationId::ToString() const { return fmt::format("{}/{}[{}]", receiver, type, index); }

bool Notification::AnyFiring() const {
  return std::any_of(alerts.begin(), alerts.end(), [this](const auto& alert) { return IsFiring(*alert); });
}

void SortAlerts(std::vector<model::AlertPtr>& alerts) {
  std::sort(alerts.begin(), alerts.end(), [](const model::AlertPtr& a, const model::AlertPtr& b) {
    for (std::string_view name : {"job", "instance"}) {
      std::string_view left = a->labels.Get(name);
      std::string_view right = b->labels.Get(name);
      if (left != right) return left < right;
    }
    return a->labels < b->labels;
  });
}

}  // namespace tocsin::notify
