// What is told to a receiver: the alerts of one group, as they stood at one moment.
#pragma once

#include <memory>
#include <string>
#include <string_view>
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

/// Names a group, the same from one notification to the next and across restarts:
/// `{}/{severity="page"}:{alertname="Down"}`. Copies share the text.
class GroupKey {
 public:
  GroupKey(const std::string& text = {}) : text_(std::make_shared<const std::string>(text)) {}  // NOLINT
  GroupKey(const char* text) : GroupKey(std::string(text)) {}  // NOLINT: a key is its text

  const std::string& text() const { return *text_; }

  friend bool operator==(const GroupKey& a, const GroupKey& b) {
    return a.text_ == b.text_ || *a.text_ == *b.text_;
  }
  struct Hash {
    size_t operator()(const GroupKey& key) const { return std::hash<std::string>()(*key.text_); }
  };

 private:
  std::shared_ptr<const std::string> text_;
};

struct Notification {
  /// Names this message: the same each time that it is tried, also by a process that was started after a
  /// crash, and another for every other message. Made by the dedup stage.
  std::string id;
  /// Why it is told now, in Alertmanager's words ("new alerts added"); made by the dedup stage.
  std::string reason;
  GroupKey group_key;
  std::string receiver;
  model::Labels group_labels;
  std::vector<model::AlertPtr> alerts;  ///< never empty; in the order of SortAlerts
  /// Whether an alert is firing or resolved is judged by this moment, however long the delivery takes.
  Timestamp now;
  /// How the receiver names the group's message before this one, where it can be changed; else "".
  std::string thread = {};

  bool IsFiring(const model::Alert& alert) const { return !alert.ResolvedAt(now); }
  bool AnyFiring() const;
};

/// The order in which alerts are listed, which is Alertmanager's: by the labels job and instance, those
/// without last; then the smaller label set first, then by names and values.
void SortAlerts(std::vector<model::AlertPtr>& alerts);

/// As Go's LabelSet.Before in prometheus/common: the smaller set first; of two as large, the one that lacks
/// the first name on which they differ, or has the smaller value there.
bool LabelsBefore(const model::Labels& a, const model::Labels& b);

}  // namespace tocsin::notify
