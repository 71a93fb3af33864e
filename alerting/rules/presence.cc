// An alert's labels and a series' are compared on the names that both have. So that many alerts that end at
// once do not each walk all series, the series are projected on the alerts' names, once for all alerts with
// the same names, and an alert is then a look-up for each set of names that series have.
#include "alerting/rules/presence.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tocsin::rules {
namespace {

std::vector<std::string> NamesOf(const model::Labels& labels) {
  std::vector<std::string> names;
  names.reserve(labels.size());
  for (const model::LabelView label : labels) names.emplace_back(label.name);
  return names;
}

model::Labels Project(const model::Labels& labels, const std::vector<std::string>& names) {
  std::vector<model::LabelView> kept;
  for (const std::string& name : names) {
    if (const std::string_view value = labels.Get(name); !value.empty()) kept.emplace_back(name, value);
  }
  return model::Labels(kept);
}

/// The labels of an instant or range vector's series.
std::vector<model::Labels> SeriesOf(const model::QueryResult& result, size_t fewest) {
  std::vector<model::Labels> series;
  if (const auto* vector = std::get_if<model::Vector>(&result.value)) {
    for (const auto& element : *vector) series.push_back(element.labels);
  }
  if (const auto* matrix = std::get_if<model::Matrix>(&result.value)) {
    for (const auto& element : *matrix) {
      if (element.samples.size() >= fewest) series.push_back(element.labels);
    }
  }
  return series;
}

}  // namespace

const std::vector<SeriesIndex::Projection>& SeriesIndex::ProjectionsOn(const Names& names) const {
  const auto [place, is_new] = projections_.try_emplace(names);
  std::vector<Projection>& projections = place->second;
  if (!is_new) return projections;
  std::map<Names, size_t> known;
  for (const model::Labels& series : series_) {
    model::Labels shared = Project(series, names);
    const auto [number, first] = known.try_emplace(NamesOf(shared), projections.size());
    if (first) projections.push_back({number->first, {}});
    projections[number->second].values.insert(std::move(shared));
  }
  std::stable_sort(projections.begin(), projections.end(),
                   [](const auto& a, const auto& b) { return a.names.size() > b.names.size(); });
  return projections;
}

std::optional<size_t> SeriesIndex::Shared(const model::Labels& alert) const {
  for (const Projection& projection : ProjectionsOn(NamesOf(alert))) {
    if (projection.values.contains(Project(alert, projection.names))) return projection.names.size();
  }
  return std::nullopt;
}

Result<const std::vector<SeriesIndex>*> Presence::At(Timestamp t) {
  const auto known = found_.find(t);
  if (known != found_.end()) return &known->second;
  std::vector<SeriesIndex> indexes;
  for (const auto& selector : selectors_) {
    const auto result = selector->Instant(t, stop_);
    if (!result) return Fail(result.error());
    indexes.emplace_back(SeriesOf(*result, fewest_));
  }
  return &found_.emplace(t, std::move(indexes)).first->second;
}

Result<std::optional<size_t>> Presence::Shared(const model::Labels& alert, Timestamp seen) {
  const auto indexes = At(seen);
  if (!indexes) return Fail(indexes.error());
  std::optional<size_t> most;
  for (const SeriesIndex& index : **indexes) most = std::max(most, index.Shared(alert));
  return most;
}

Result<bool> Presence::Vanished(const model::Labels& alert, const std::optional<size_t>& shared) {
  if (selectors_.empty()) return false;
  const auto now = Shared(alert, now_);
  if (!now) return Fail(now.error());
  return *now < std::max(shared, std::optional<size_t>(0));
}

}  // namespace tocsin::rules
