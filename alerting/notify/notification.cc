#include "alerting/notify/notification.h"

#include <algorithm>

#include <fmt/format.h>

namespace tocsin::notify {

std::string IntegrationId::ToString() const { return fmt::format("{}/{}[{}]", receiver, type, index); }

bool Notification::AnyFiring() const {
  return std::any_of(alerts.begin(), alerts.end(), [this](const auto& alert) { return IsFiring(*alert); });
}

bool LabelsBefore(const model::Labels& a, const model::Labels& b) {
  if (a.size() != b.size()) return a.size() < b.size();
  for (size_t i = 0; i < a.size(); ++i) {
    const model::LabelView left = a[i];
    const model::LabelView right = b[i];
    if (left.name != right.name) return right.name < left.name;
    if (left.value != right.value) return left.value < right.value;
  }
  return false;
}

void SortAlerts(std::vector<model::AlertPtr>& alerts) {
  std::sort(alerts.begin(), alerts.end(), [](const model::AlertPtr& a, const model::AlertPtr& b) {
    for (std::string_view name : {"job", "instance"}) {
      std::string_view left = a->labels.Get(name);
      std::string_view right = b->labels.Get(name);
      if (left.empty() != right.empty()) return right.empty();
      if (left != right) return left < right;
    }
    return LabelsBefore(a->labels, b->labels);
  });
}

}  // namespace tocsin::notify
