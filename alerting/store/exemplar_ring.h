// The latest exemplars of all series, in a ring: as many as it has room for, the oldest make way.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "alerting/model/exemplar.h"

namespace tocsin::store {

/// Thread safe.
class ExemplarRing final : public model::ExemplarSink, public model::ExemplarSource {
 public:
  /// Prometheus' storage.exemplars.max_exemplars.
  static constexpr size_t kDefaultCapacity = 100'000;

  explicit ExemplarRing(size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

  /// Keeps the newest; 0 keeps none.
  void SetCapacity(size_t capacity);
  /// Labels of an exemplar that are longer than OpenMetrics allows (128 characters together) drop it, too.
  void Add(const model::Labels& series, model::Exemplar exemplar) override;
  std::vector<model::SeriesExemplars> Exemplars(const std::vector<model::Matchers>& any_of,
                                                model::TimeRange range) const override;
  size_t size() const;

 private:
  struct Series {
    size_t held = 0;  // of the ring's
    model::Exemplar newest;
  };
  using SeriesMap = std::unordered_map<model::Labels, Series, model::LabelsHash>;
  struct Held {
    SeriesMap::value_type* series;  // nodes of the map stay where they are
    model::Exemplar exemplar;
  };
  void DropOldest();

  mutable std::mutex mutex_;  // guards everything below
  size_t capacity_;
  SeriesMap series_;
  std::deque<Held> ring_;
};

}  // namespace tocsin::store
