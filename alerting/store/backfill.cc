#include "alerting/store/backfill.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "alerting/store/segments.h"

namespace tocsin::store {
namespace {

void AppendTo(Columns& columns, const Columns& more) {
  columns.times.insert(columns.times.end(), more.times.begin(), more.times.end());
  columns.values.insert(columns.values.end(), more.values.begin(), more.values.end());
}

void AppendWithin(const std::unordered_map<SeriesId, Columns>& from, SeriesId id, Interval interval,
                  Columns& columns) {
  auto found = from.find(id);
  if (found == from.end()) return;
  for (size_t i = 0; i < found->second.size(); ++i) {
    const int64_t time = found->second.times[i];
    if (time < interval.start || time > interval.end) continue;
    columns.times.push_back(time);
    columns.values.push_back(found->second.values[i]);
  }
}

}  // namespace

void Backfill::Add(std::span<const PendingSample> samples) {
  const std::lock_guard lock(mutex_);
  for (const PendingSample& sample : samples) {
    Columns& columns = arriving_[sample.id];
    columns.times.push_back(sample.time);
    columns.values.push_back(sample.value);
  }
  samples_ += samples.size();
}

void Backfill::Collect(SeriesId id, Interval interval, Columns& columns) const {
  if (samples_ == 0) return;
  const std::lock_guard lock(mutex_);
  AppendWithin(sealing_, id, interval, columns);  // it came first
  AppendWithin(arriving_, id, interval, columns);
}

bool Backfill::MayOverlap(SeriesId id, Interval interval) const {
  Columns columns;
  Collect(id, interval, columns);
  return columns.size() > 0;
}

bool Backfill::Seal(const std::function<bool(SeriesId, const Columns&)>& take) {
  std::vector<SeriesId> ids;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, columns] : arriving_) AppendTo(sealing_[id], columns);
    arriving_.clear();
    for (const auto& [id, columns] : sealing_) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  for (const SeriesId id : ids) {
    Columns sorted;
    {
      const std::lock_guard lock(mutex_);
      sorted = sealing_.at(id);  // only DropBefore() and Release() change it, on this thread
    }
    SortSamples(sorted);
    if (!take(id, sorted)) return false;
  }
  return true;
}

void Backfill::Release() {
  const std::lock_guard lock(mutex_);
  sealing_.clear();
  Count();
}

void Backfill::ForEach(const std::function<void(SeriesId, const Columns&)>& take) const {
  BySeries all;
  {
    const std::lock_guard lock(mutex_);
    all = sealing_;
    for (const auto& [id, columns] : arriving_) AppendTo(all[id], columns);
  }
  for (const auto& [id, columns] : all) take(id, columns);
}

void Backfill::DropBefore(int64_t cutoff) {
  if (samples_ == 0) return;
  const std::lock_guard lock(mutex_);
  for (BySeries* from : {&arriving_, &sealing_}) {
    for (auto& [id, columns] : *from) {
      Columns kept;
      for (size_t i = 0; i < columns.size(); ++i) {
        if (columns.times[i] < cutoff) continue;
        kept.times.push_back(columns.times[i]);
        kept.values.push_back(columns.values[i]);
      }
      columns = std::move(kept);
    }
    std::erase_if(*from, [](const auto& one) { return one.second.size() == 0; });
  }
  Count();
}

/// Holds the lock.
void Backfill::Count() {
  size_t samples = 0;
  for (const BySeries* from : {&arriving_, &sealing_}) {
    for (const auto& [id, columns] : *from) samples += columns.size();
  }
  samples_ = samples;
}

}  // namespace tocsin::store
