// Why an alert's condition is gone: its series are, or they are there and say something else.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/query_engine.h"

namespace tocsin::rules {

/// The queries for an expression's selectors.
using SelectorQueries = std::vector<std::shared_ptr<const model::PreparedQuery>>;

/// Series by what they share with alerts.
class SeriesIndex {
 public:
  explicit SeriesIndex(std::vector<model::Labels> series) : series_(std::move(series)) {}

  /// The most of `alert`'s labels that one series has, of the series that contradict none of them; nullopt
  /// when all do, or there is none.
  std::optional<size_t> Shared(const model::Labels& alert) const;

 private:
  using Names = std::vector<std::string>;
  /// What series that have these of the names, and no more of them, say there.
  struct Projection {
    Names names;
    std::unordered_set<model::Labels, model::LabelsHash> values;
  };
  const std::vector<Projection>& ProjectionsOn(const Names& names) const;

  std::vector<model::Labels> series_;
  mutable std::map<Names, std::vector<Projection>> projections_;  ///< those with most names first
};

/// Looks at an expression's selectors at one evaluation; each is asked once, and only when an alert is gone.
class Presence {
 public:
  /// A range with less than `fewest` samples of a series counts as without it.
  Presence(const SelectorQueries& selectors, Timestamp now, std::stop_token stop, size_t fewest = 1)
      : selectors_(selectors), now_(now), stop_(std::move(stop)), fewest_(fewest) {}

  /// How much of the alert's labels a single selector's series carried at `seen`, when the alert's condition
  /// last held. An alert of a join has labels of several selectors, one of absent() those of none.
  Result<std::optional<size_t>> Shared(const model::Labels& alert, Timestamp seen);
  /// True when now no series has as much of the alert's labels as one had then.
  Result<bool> Vanished(const model::Labels& alert, const std::optional<size_t>& shared);

 private:
  Result<const std::vector<SeriesIndex>*> At(Timestamp t);

  const SelectorQueries& selectors_;
  Timestamp now_;
  std::stop_token stop_;
  size_t fewest_;
  std::map<Timestamp, std::vector<SeriesIndex>> found_;
};

}  // namespace tocsin::rules
