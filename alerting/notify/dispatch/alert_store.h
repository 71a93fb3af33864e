// The alerts that are known now: one for each label set, merged from all that was sent about it.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "alerting/model/alert.h"

namespace tocsin::notify {

/// Not thread safe; the Notifier keeps it on a strand.
class AlertStore {
 public:
  /// Takes in what somebody sent. Overlapping activity is merged: the earliest start, the latest explicit
  /// end, everything else from the newer one. Returns what is known of the alert now; nullopt when that is
  /// nothing new, as for the same resolved alert sent again.
  std::optional<model::AlertPtr> Put(const model::AlertPtr& alert, Timestamp now);

  /// What is known of the alert of these labels; null when nothing is.
  model::AlertPtr Find(const model::Labels& labels) const;

  /// Forgets alerts that were resolved more than `keep` ago and that nobody else holds: groups hold what they
  /// still have to tell.
  /// Returns the labels of the forgotten.
  std::vector<model::Labels> Collect(Timestamp now, Duration keep);

  std::vector<model::AlertPtr> All() const;
  size_t size() const { return alerts_.size(); }

 private:
  std::unordered_map<model::Labels, model::AlertPtr, model::LabelsHash> alerts_;
};

/// The merge of two alerts of the same labels whose activity overlaps.
model::Alert MergeAlerts(const model::Alert& older, const model::Alert& newer, Timestamp now);

}  // namespace tocsin::notify
