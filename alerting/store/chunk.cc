#include "alerting/store/chunk.h"

#include <algorithm>
#include <cassert>

namespace tocsin::store {
namespace {

// Series that live for minutes should cost little, those that live for hours should need few chunks.
constexpr size_t kFirstCapacity = 16;
constexpr size_t kLargestCapacity = 1024;

struct Columns {
  std::vector<int64_t> timestamps;
  std::vector<double> values;
};

struct Slice {
  size_t begin;
  size_t end;
};

Slice Within(const ChunkView& view, int64_t start, int64_t end) {
  const int64_t* first = view.chunk->timestamps();
  const int64_t* last = first + view.size;
  const int64_t* from = std::lower_bound(first, last, start);
  const int64_t* to = std::upper_bound(from, last, end);
  return {static_cast<size_t>(from - first), static_cast<size_t>(to - first)};
}

}  // namespace

Chunk::Chunk(size_t capacity)
    : capacity_(capacity),
      timestamps_(std::make_unique_for_overwrite<int64_t[]>(capacity)),
      values_(std::make_unique_for_overwrite<double[]>(capacity)) {}

void Chunk::Append(int64_t timestamp, double value) {
  assert(!full());
  timestamps_[size_] = timestamp;
  values_[size_] = value;
  ++size_;
}

void ChunkList::Append(int64_t timestamp, double value) {
  if (chunks_.empty() || chunks_.back()->full()) {
    size_t capacity =
        chunks_.empty() ? kFirstCapacity : std::min(chunks_.back()->capacity() * 2, kLargestCapacity);
    chunks_.push_back(std::make_shared<Chunk>(capacity));
  }
  chunks_.back()->Append(timestamp, value);
}

size_t ChunkList::DropBefore(int64_t cutoff) {
  size_t dropped = 0;
  auto keep = chunks_.begin();
  for (; keep != chunks_.end() && (*keep)->last_time() < cutoff; ++keep) dropped += (*keep)->size();
  chunks_.erase(chunks_.begin(), keep);
  return dropped;
}

std::vector<ChunkView> ChunkList::Overlapping(int64_t start, int64_t end) const {
  std::vector<ChunkView> views;
  auto it = std::lower_bound(
      chunks_.begin(), chunks_.end(), start,
      [](const std::shared_ptr<Chunk>& chunk, int64_t time) { return chunk->last_time() < time; });
  for (; it != chunks_.end() && (*it)->first_time() <= end; ++it) views.push_back({*it, (*it)->size()});
  return views;
}

bool ChunkList::HasSampleIn(int64_t start, int64_t end) const {
  std::vector<ChunkView> views = Overlapping(start, end);
  return std::any_of(views.begin(), views.end(), [&](const ChunkView& view) {
    Slice slice = Within(view, start, end);
    return slice.begin < slice.end;
  });
}

bool ReadViews(const std::vector<ChunkView>& views, int64_t start, int64_t end, model::Series& series) {
  if (views.empty()) return false;
  if (views.size() == 1) {
    const Chunk& chunk = *views.front().chunk;
    auto [from, to] = Within(views.front(), start, end);
    if (from == to) return false;
    series.timestamps = {chunk.timestamps() + from, to - from};
    series.values = {chunk.values() + from, to - from};
    series.pin = views.front().chunk;
    return true;
  }
  auto columns = std::make_shared<Columns>();
  size_t total = 0;
  for (const ChunkView& view : views) total += view.size;
  columns->timestamps.reserve(total);
  columns->values.reserve(total);
  for (const ChunkView& view : views) {
    auto [from, to] = Within(view, start, end);
    const Chunk& chunk = *view.chunk;
    columns->timestamps.insert(columns->timestamps.end(), chunk.timestamps() + from, chunk.timestamps() + to);
    columns->values.insert(columns->values.end(), chunk.values() + from, chunk.values() + to);
  }
  if (columns->timestamps.empty()) return false;
  series.timestamps = columns->timestamps;
  series.values = columns->values;
  series.pin = std::move(columns);
  return true;
}

}  // namespace tocsin::store
