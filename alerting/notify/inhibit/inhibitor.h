// Inhibition: while one alert fires, others that it explains are not told.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/notify/options.h"

namespace tocsin::notify {

/// The inhibition rules of one configuration and the alerts that are a source of one. Thread safe.
///
/// Each rule keeps its firing sources by the values of its `equal` labels, so that asking costs one look-up a
/// rule, however many alerts there are. A missing label equals an empty one. An alert that both sides of a
/// rule match is not inhibited by another one that both sides match, or the two would silence each other.
class Inhibitor {
 public:
  explicit Inhibitor(const std::vector<InhibitRuleOptions>& rules);

  /// Takes in an alert as it is known now. To be called before anything asks about it.
  void Update(const model::AlertPtr& alert);
  /// Forgets sources that are resolved.
  void Collect(Timestamp now);

  /// The fingerprint of a firing source for each rule that inhibits the alert; empty when none does.
  std::vector<uint64_t> InhibitedBy(const model::Labels& labels, Timestamp now) const;

 private:
  struct Rule {
    model::Matchers source;
    model::Matchers target;
    std::vector<std::string> equal;
    using Sources = std::unordered_map<model::Labels, model::AlertPtr, model::LabelsHash>;
    std::unordered_map<std::string, Sources> by_equal;

    std::string KeyOf(const model::Labels& labels) const;
  };

  mutable std::mutex mutex_;
  std::vector<Rule> rules_;
};

}  // namespace tocsin::notify
