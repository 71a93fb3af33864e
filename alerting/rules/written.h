// The series that a rule has written, so that those it no longer writes are ended.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alerting/model/appender.h"
#include "alerting/model/labels.h"

namespace tocsin::rules {

/// With the store's reference of each, in the order in which they were written.
using Written = std::vector<std::pair<model::Labels, model::SeriesRef>>;

/// Looks series of one evaluation up in what the last one wrote: mostly the same in the same order, so that
/// nothing needs to be searched.
class PastWrites {
 public:
  explicit PastWrites(const Written& written) : written_(written), goes_on_(written.size(), false) {}

  /// The place of the series that is the `number`th now; nullopt for a new one.
  std::optional<size_t> Find(size_t number, const model::Labels& series);
  model::SeriesRef RefAt(size_t place) const { return written_[place].second; }
  void GoesOn(size_t place) { goes_on_[place] = true; }
  /// Calls `end` with labels and reference of each that does not go on.
  template <typename End>
  void ForEachEnded(End end) const {
    for (size_t i = 0; i < written_.size(); ++i) {
      if (!goes_on_[i]) end(written_[i].first, written_[i].second);
    }
  }

 private:
  const Written& written_;
  std::vector<bool> goes_on_;
  std::unordered_map<model::Labels, size_t, model::LabelsHash> places_;  // made when the order is another
};

}  // namespace tocsin::rules
