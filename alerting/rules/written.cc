#include "alerting/rules/written.h"

namespace tocsin::rules {

std::optional<size_t> PastWrites::Find(size_t number, const model::Labels& series) {
  if (number < written_.size() && written_[number].first == series) return number;
  if (places_.empty()) {
    for (size_t i = 0; i < written_.size(); ++i) places_.emplace(written_[i].first, i);
  }
  const auto place = places_.find(series);
  return place == places_.end() ? std::nullopt : std::optional(place->second);
}

}  // namespace tocsin::rules
