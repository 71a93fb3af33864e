#include "alerting/rules/snapshot.h"

#include <algorithm>

namespace tocsin::rules {

std::string_view AlertStateName(AlertState state) {
  switch (state) {
    case AlertState::kInactive:
      return "inactive";
    case AlertState::kPending:
      return "pending";
    case AlertState::kFiring:
      return "firing";
  }
  return "inactive";
}

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::kUnknown:
      return "unknown";
    case Health::kGood:
      return "ok";
    case Health::kBad:
      return "err";
  }
  return "unknown";
}

AlertState RuleSnapshot::state() const {
  AlertState highest = AlertState::kInactive;
  for (const ActiveAlert& alert : alerts) highest = std::max(highest, alert.state);
  return highest;
}

}  // namespace tocsin::rules
