// What walks over all series: sealing, dropping, counting. The lock is held for some of them at a time.
#include <algorithm>
#include <limits>

#include "alerting/store/head.h"

namespace tocsin::store {
namespace {

constexpr SeriesId kSeriesAtOnce = 1024;

}  // namespace

template <typename Visit>
void Head::ForEachPage(Visit visit) const {
  for (uint64_t from = 0;;) {
    uint64_t to = 0;
    {
      const std::shared_lock lock(mutex_);
      from = table_.NextUsed(from);
      if (from >= table_.end()) return;
      to = std::min<uint64_t>(from + kSeriesAtOnce, table_.end());
    }
    if (!visit(from, to)) return;
    from = to;
  }
}

void Head::Seal(int64_t idle_before, const TakeChunks& take) {
  struct One {
    SeriesId id;
    model::Labels labels;
    std::vector<PackedChunk> chunks;
  };
  std::vector<One> batch;
  ForEachPage([&](uint64_t from, uint64_t to) {
    batch.clear();
    {
      const std::unique_lock lock(mutex_);
      for (uint64_t id = from; id < to; ++id) {
        Series* series = table_.Find(id);
        if (series == nullptr || !series->live || series->samples.empty()) continue;
        series->samples.Close(series->last_time < idle_before);
        One one{static_cast<SeriesId>(id), index_.LabelsOf(static_cast<SeriesId>(id)), {}};
        series->samples.Chunks(kAllTime, one.chunks);
        if (!one.chunks.empty()) batch.push_back(std::move(one));
      }
    }
    return std::all_of(batch.begin(), batch.end(),
                       [&](const One& one) { return take(one.id, one.labels, one.chunks); });
  });
}

void Head::Release(std::span<const Sealed> sealed) {
  while (!sealed.empty()) {
    const size_t count = std::min<size_t>(sealed.size(), kSeriesAtOnce);
    const std::unique_lock lock(mutex_);
    for (const Sealed& one : sealed.first(count)) {
      Series* series = table_.Find(one.id);
      if (series == nullptr || !series->live) continue;
      series->samples.DropChunksUntil(one.last);
    }
    sealed = sealed.subspan(count);
  }
}

void Head::ForEachUnsealed(const TakeSamples& take) const {
  struct One {
    SeriesId id;
    model::Labels labels;
    std::vector<PackedChunk> chunks;
    Columns columns;
  };
  std::vector<One> batch;
  Columns all;
  ForEachPage([&](uint64_t from, uint64_t to) {
    batch.clear();
    {
      const std::shared_lock lock(mutex_);
      for (uint64_t id = from; id < to; ++id) {
        const Series* series = table_.Find(id);
        if (series == nullptr || !series->live) continue;
        One one{static_cast<SeriesId>(id), index_.LabelsOf(static_cast<SeriesId>(id)), {}, {}};
        series->samples.Chunks(kAllTime, one.chunks);
        series->samples.CopyColumns(kAllTime, one.columns);
        batch.push_back(std::move(one));
      }
    }
    for (const One& one : batch) {
      all = {};
      for (const PackedChunk& chunk : one.chunks) DecodeInto(chunk, all);
      all.times.insert(all.times.end(), one.columns.times.begin(), one.columns.times.end());
      all.values.insert(all.values.end(), one.columns.values.begin(), one.columns.values.end());
      if (!take(one.id, one.labels, all)) return false;
    }
    return true;
  });
}

void Head::DropBefore(int64_t cutoff) {
  ForEachPage([&](uint64_t from, uint64_t to) {
    const std::unique_lock lock(mutex_);
    for (uint64_t id = from; id < to; ++id) {
      Series* series = table_.Find(id);
      if (series != nullptr && series->live) counters_.samples_dropped += series->samples.DropBefore(cutoff);
    }
    return true;
  });
}

void Head::RemoveDead(const std::function<bool(SeriesId)>& elsewhere, bool uncommitted) {
  const std::lock_guard writing(writing_);
  const std::unique_lock lock(mutex_);
  SeriesIds dead;
  for (const SeriesId id : index_.All()) {
    const Series& series = *table_.Find(id);
    if (!series.samples.empty() || (series.last_time == kNever && !uncommitted) || elsewhere(id)) continue;
    dead.push_back(id);
  }
  if (dead.empty()) return;
  Forget(dead);
  counters_.series_removed += dead.size();
  if (journal_ != nullptr) journal_->SeriesRemoved(dead);
}

Head::Contents Head::contents() const {
  Contents contents;
  ForEachPage([&](uint64_t from, uint64_t to) {
    const std::shared_lock lock(mutex_);
    for (uint64_t id = from; id < to; ++id) {
      const Series* series = table_.Find(id);
      if (series == nullptr || !series->live || series->samples.empty()) continue;
      contents.chunks += series->samples.chunks();
      contents.first = std::min(contents.first, series->samples.first_time());
      contents.last = std::max(contents.last, series->last_time.load(std::memory_order_relaxed));
    }
    return true;
  });
  return contents;
}

size_t Head::memory() const {
  size_t bytes = 0;
  {
    const std::shared_lock lock(mutex_);
    bytes = index_.memory() + table_.end() * sizeof(Series) + selections_.memory();
  }
  ForEachPage([&](uint64_t from, uint64_t to) {
    const std::shared_lock lock(mutex_);
    for (uint64_t id = from; id < to; ++id) {
      if (const Series* series = table_.Find(id)) bytes += series->samples.memory();
    }
    return true;
  });
  return bytes;
}

}  // namespace tocsin::store
