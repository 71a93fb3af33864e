#include "alerting/store/read.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "alerting/store/segments.h"

namespace tocsin::store {
namespace {

constexpr size_t kBlockSamples = size_t{1} << 14;

size_t CountOf(std::span<const PackedChunk> chunks) {
  return std::accumulate(chunks.begin(), chunks.end(), size_t{0},
                         [](size_t sum, const PackedChunk& chunk) { return sum + chunk.count; });
}

/// Whether everything stands in order as it comes: the usual case.
bool InOrder(const Pieces& pieces) {
  if (!pieces.late_chunks.empty() || (pieces.late != nullptr && pieces.late->size() > 0)) return false;
  for (size_t i = 1; i < pieces.chunks.size(); ++i) {
    if (pieces.chunks[i].first <= pieces.chunks[i - 1].last) return false;
  }
  return pieces.chunks.empty() || pieces.recent_times.empty() ||
         pieces.chunks.back().last < pieces.recent_times.front();
}

/// Moves what is within the interval to the front; returns how many that are.
size_t Trim(Interval interval, int64_t* times, double* values, size_t count) {
  const int64_t* from = std::lower_bound(times, times + count, interval.start);
  const int64_t* to = std::upper_bound(from, static_cast<const int64_t*>(times + count), interval.end);
  const auto skip = static_cast<size_t>(from - times);
  const auto kept = static_cast<size_t>(to - from);
  if (skip > 0 && kept > 0) {
    std::memmove(times, times + skip, kept * sizeof(int64_t));
    std::memmove(values, values + skip, kept * sizeof(double));
  }
  return kept;
}

size_t ReadInOrder(const Pieces& pieces, Interval interval, Arena::Room room, size_t& damaged) {
  size_t count = 0;
  for (const PackedChunk& chunk : pieces.chunks) {
    int64_t* times = room.times + count;
    double* values = room.values + count;
    if (!Decode(chunk.bytes, chunk.encoding, chunk.count, times, values)) {
      ++damaged;
      continue;
    }
    const bool inside = chunk.first >= interval.start && chunk.last <= interval.end;
    count += inside ? chunk.count : Trim(interval, times, values, chunk.count);
  }
  std::copy(pieces.recent_times.begin(), pieces.recent_times.end(), room.times + count);
  std::copy(pieces.recent_values.begin(), pieces.recent_values.end(), room.values + count);
  return count + pieces.recent_times.size();
}

size_t ReadAndSort(const Pieces& pieces, Interval interval, Arena::Room room, size_t& damaged) {
  Columns all;
  for (const PackedChunk& chunk : pieces.chunks) damaged += DecodeInto(chunk, all) ? 0 : 1;
  all.times.insert(all.times.end(), pieces.recent_times.begin(), pieces.recent_times.end());
  all.values.insert(all.values.end(), pieces.recent_values.begin(), pieces.recent_values.end());
  for (const PackedChunk& chunk : pieces.late_chunks) damaged += DecodeInto(chunk, all) ? 0 : 1;
  if (pieces.late != nullptr) {
    all.times.insert(all.times.end(), pieces.late->times.begin(), pieces.late->times.end());
    all.values.insert(all.values.end(), pieces.late->values.begin(), pieces.late->values.end());
  }
  SortSamples(all);
  const size_t kept = Trim(interval, all.times.data(), all.values.data(), all.size());
  std::copy_n(all.times.begin(), kept, room.times);
  std::copy_n(all.values.begin(), kept, room.values);
  return kept;
}

}  // namespace

struct Arena::Block {
  explicit Block(size_t room)
      : capacity(room),
        times(std::make_unique_for_overwrite<int64_t[]>(room)),
        values(std::make_unique_for_overwrite<double[]>(room)) {}
  size_t capacity;
  std::unique_ptr<int64_t[]> times;
  std::unique_ptr<double[]> values;
};

Arena::Room Arena::Reserve(size_t count) {
  if (!block_ || block_->capacity - used_ < count) {
    block_ = std::make_shared<Block>(std::max(count, std::min(expected_, kBlockSamples)));
    used_ = 0;
  }
  expected_ -= std::min(expected_, count);
  return {block_->times.get() + used_, block_->values.get() + used_};
}

size_t Pieces::samples() const {
  return CountOf(chunks) + recent_times.size() + CountOf(late_chunks) + (late != nullptr ? late->size() : 0);
}

size_t Read(const Pieces& pieces, Interval interval, Arena::Room room, size_t& damaged) {
  return InOrder(pieces) ? ReadInOrder(pieces, interval, room, damaged)
                         : ReadAndSort(pieces, interval, room, damaged);
}

bool Assemble(const Pieces& pieces, Interval interval, Arena& arena, model::Series& series, size_t& damaged) {
  const size_t most = pieces.samples();
  if (most == 0) return false;
  const Arena::Room room = arena.Reserve(most);
  const size_t count = Read(pieces, interval, room, damaged);
  if (count == 0) return false;
  arena.Keep(count);
  series.timestamps = {room.times, count};
  series.values = {room.values, count};
  series.pin = arena.pin();
  return true;
}

}  // namespace tocsin::store
