// What must be known of alerts after a restart, and who keeps it: the room's tables, or nobody.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/rules/snapshot.h"
#include "base/time.h"

namespace tocsin::rules {

/// A rule as it is known over restarts: by where it stands, its name and its labels as written, and its
/// number among the group's rules that are equal in these.
struct RuleKey {
  std::string file;
  std::string group;
  std::string name;
  model::Labels labels;
  size_t number = 0;
  friend auto operator<=>(const RuleKey&, const RuleKey&) = default;
  friend bool operator==(const RuleKey&, const RuleKey&) = default;
};

/// Thread safe; returns at once. What it was told within the database's commit interval is lost with a kill.
class StateKeeper {
 public:
  virtual ~StateKeeper() = default;
  /// The alert, pending, firing or resolved, is now so.
  virtual void Keep(const RuleKey& rule, const ActiveAlert& alert) = 0;
  virtual void Forget(const RuleKey& rule, const model::Labels& alert) = 0;
  /// Rules are being evaluated; called at each evaluation.
  virtual void Beat(Timestamp now) = 0;
};

/// What an earlier process left.
struct KeptStates {
  std::map<RuleKey, std::vector<ActiveAlert>> alerts;
  Timestamp down_since;  ///< the last Beat()
};

}  // namespace tocsin::rules
