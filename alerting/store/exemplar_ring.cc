#include "alerting/store/exemplar_ring.h"

#include <algorithm>
#include <utility>

namespace tocsin::store {
namespace {

size_t Characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool TooLong(const model::Labels& labels) {
  constexpr size_t kMost = 128;
  size_t total = 0;
  for (const model::LabelView label : labels) total += Characters(label.name) + Characters(label.value);
  return total > kMost;
}

/// A target repeats its exemplar without a time until there is another: the scrape's time tells nothing then.
bool IsSame(const model::Exemplar& exemplar, const model::Exemplar& newest) {
  const bool timed = exemplar.timed || newest.timed;
  return (!timed || exemplar.timestamp == newest.timestamp) && exemplar.value == newest.value &&
         exemplar.labels == newest.labels;
}

}  // namespace

void ExemplarRing::SetCapacity(size_t capacity) {
  const std::lock_guard lock(mutex_);
  capacity_ = capacity;
  while (ring_.size() > capacity_) DropOldest();
}

void ExemplarRing::DropOldest() {
  SeriesMap::value_type* const series = ring_.front().series;
  ring_.pop_front();
  if (--series->second.held == 0) series_.erase(model::Labels(series->first));
}

void ExemplarRing::Add(const model::Labels& series, model::Exemplar exemplar) {
  if (TooLong(exemplar.labels)) return;
  const std::lock_guard lock(mutex_);
  if (capacity_ == 0) return;
  const auto known = series_.find(series);
  if (known != series_.end()) {
    const model::Exemplar& newest = known->second.newest;
    if (exemplar.timestamp < newest.timestamp || IsSame(exemplar, newest)) return;
  }
  if (ring_.size() >= capacity_) DropOldest();
  SeriesMap::value_type& entry = *series_.try_emplace(series).first;
  ++entry.second.held;
  entry.second.newest = exemplar;
  ring_.push_back({&entry, std::move(exemplar)});
}

std::vector<model::SeriesExemplars> ExemplarRing::Exemplars(const std::vector<model::Matchers>& any_of,
                                                            model::TimeRange range) const {
  std::unordered_map<const SeriesMap::value_type*, std::vector<model::Exemplar>> found;
  std::vector<model::SeriesExemplars> result;
  const std::lock_guard lock(mutex_);
  for (const SeriesMap::value_type& entry : series_) {
    const bool wanted = std::any_of(any_of.begin(), any_of.end(), [&](const model::Matchers& matchers) {
      return model::MatchesAll(matchers, entry.first);
    });
    if (wanted) found.try_emplace(&entry);
  }
  for (const Held& held : ring_) {
    if (held.exemplar.timestamp < range.start || held.exemplar.timestamp > range.end) continue;
    const auto series = found.find(held.series);
    if (series != found.end()) series->second.push_back(held.exemplar);
  }
  for (auto& [series, exemplars] : found) {
    if (!exemplars.empty()) result.push_back({series->first, std::move(exemplars)});
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.labels < b.labels; });
  return result;
}

size_t ExemplarRing::size() const {
  const std::lock_guard lock(mutex_);
  return ring_.size();
}

}  // namespace tocsin::store
