// Samples that came late: older than their series' newest. They wait here, in the order of their arrival,
// until they are sealed into segments of their own.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <unordered_map>

#include "alerting/store/chunk.h"
#include "alerting/store/head.h"

namespace tocsin::store {

/// Thread safe.
class Backfill {
 public:
  void Add(std::span<const PendingSample> samples);
  /// Appends the series' samples of the interval, in no order.
  void Collect(SeriesId id, Interval interval, Columns& columns) const;
  bool MayOverlap(SeriesId id, Interval interval) const;
  size_t samples() const { return samples_; }

  /// Calls `take` for each series that has some, ascending by number, with its samples sorted and each time
  /// once; `take` may stop it by false. What was there at the beginning stays readable until Release().
  bool Seal(const std::function<bool(SeriesId, const Columns&)>& take);
  /// Forgets what the last Seal() gave out.
  void Release();
  /// Calls `take` for each series with all that is here.
  void ForEach(const std::function<void(SeriesId, const Columns&)>& take) const;
  void DropBefore(int64_t cutoff);

 private:
  using BySeries = std::unordered_map<SeriesId, Columns>;
  void Count();

  mutable std::mutex mutex_;  // guards what follows
  BySeries arriving_;
  BySeries sealing_;
  std::atomic<size_t> samples_{0};
};

}  // namespace tocsin::store
