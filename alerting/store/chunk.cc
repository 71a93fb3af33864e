#include "alerting/store/chunk.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace tocsin::store {
namespace {

// A chunk is closed at so many samples: enough that its 40 bytes of index on disk are little, few enough that
// one sample does not cost the decoding of many.
constexpr uint32_t kChunkSamples = 20 * EncoderState::kBlock;
// Series that live for minutes should cost little.
constexpr size_t kFirstBytes = 48;

/// Of a chunk: appended to in place while readers decode what stands before.
struct ChunkBytes {
  std::shared_ptr<char[]> bytes;
  uint32_t size = 0;
  uint32_t capacity = 0;

  void Append(std::string_view more) {
    if (size + more.size() > capacity) {
      const size_t room = std::max({kFirstBytes, size_t{capacity} * 3 / 2, size + more.size()});
      Resize(static_cast<uint32_t>(room));
    }
    std::memcpy(bytes.get() + size, more.data(), more.size());
    size += static_cast<uint32_t>(more.size());
  }
  void Resize(uint32_t room) {
    // One allocation with its count of owners; readers of the old one keep it.
    std::shared_ptr<char[]> larger = std::make_shared_for_overwrite<char[]>(room);
    if (size > 0) std::memcpy(larger.get(), bytes.get(), size);
    bytes = std::move(larger);
    capacity = room;
  }
  std::string_view view() const { return {bytes.get(), size}; }
  size_t memory() const { return capacity + 2 * sizeof(void*); }
};

}  // namespace

bool DecodeInto(const PackedChunk& chunk, Columns& columns) {
  const size_t before = columns.size();
  columns.times.resize(before + chunk.count);
  columns.values.resize(before + chunk.count);
  const bool whole = Decode(chunk.bytes, chunk.encoding, chunk.count, columns.times.data() + before,
                            columns.values.data() + before);
  if (!whole) {
    columns.times.resize(before);
    columns.values.resize(before);
  }
  return whole;
}

struct SeriesSamples::Chunk {
  ChunkBytes bytes;
  uint32_t count = 0;
  Encoding encoding = Encoding::kXor;
  int64_t first = 0;
  int64_t last = 0;

  PackedChunk View() const { return {bytes.bytes, bytes.view(), count, encoding, first, last}; }
};

// Most series have the open chunk alone: so it lies in here, and what the encoder knows of it stands once.
struct SeriesSamples::Packed {
  std::vector<Chunk> closed;  ///< oldest first
  ChunkBytes bytes;           ///< of the open one
  int64_t first = 0;
  EncoderState state;

  bool open() const { return state.count > 0; }
  int64_t open_last() const { return state.time; }
  bool empty() const { return closed.empty() && !open(); }
  void DropOpen() {
    state = {};
    bytes = {};
  }
  PackedChunk OpenView() const {
    return {bytes.bytes, bytes.view(), state.count, state.encoding, first, state.time};
  }
};

SeriesSamples::SeriesSamples() = default;
SeriesSamples::~SeriesSamples() = default;

bool SeriesSamples::NoChunks() const { return packed_->empty(); }

void SeriesSamples::Append(int64_t time, double value) {
  static_assert(RecentSamples::kMost == 2 * EncoderState::kBlock);
  if (!columns_.Reaches(time)) Close(true);
  if (columns_.size() == RecentSamples::kMost) PackOldest(EncoderState::kBlock);
  columns_.Append(time, value);
}

void SeriesSamples::PackOldest(size_t count) {
  std::array<int64_t, RecentSamples::kMost> times{};
  std::array<double, RecentSamples::kMost> values{};
  columns_.Copy(0, count, times.data(), values.data());
  PutIntoChunk({times.data(), count}, {values.data(), count});
  columns_.DropOldest(count);
}

void SeriesSamples::PutIntoChunk(std::span<const int64_t> times, std::span<const double> values) {
  if (!packed_) packed_ = std::make_unique<Packed>();
  const bool wrong = packed_->open() && packed_->state.encoding == Encoding::kInteger &&
                     EncodingFor(values) != Encoding::kInteger;
  if (wrong) Close(false);
  if (!packed_->open()) {
    packed_->state.encoding = EncodingFor(values);
    packed_->first = times.front();
  }
  std::string bytes;
  bytes.reserve(times.size() * 2 * sizeof(uint64_t) + 2 * sizeof(uint64_t));
  Encode(packed_->state, times, values, bytes);
  packed_->bytes.Append(bytes);
  const uint32_t count = packed_->state.count;
  if (count >= kChunkSamples || count % EncoderState::kBlock != 0) Close(false);
}

void SeriesSamples::Close(bool columns) {
  if (columns && !columns_.empty()) PackOldest(columns_.size());
  if (!packed_ || !packed_->open()) return;
  EncoderState& state = packed_->state;
  ChunkBytes& bytes = packed_->bytes;
  if (bytes.capacity > bytes.size) bytes.Resize(bytes.size);
  packed_->closed.push_back(
      {std::exchange(bytes, {}), state.count, state.encoding, packed_->first, state.time});
  state = {};
}

size_t SeriesSamples::DropBefore(int64_t cutoff) {
  size_t dropped = 0;
  if (!columns_.empty() && columns_.last_time() < cutoff) {
    dropped += columns_.size();
    columns_.Clear();
  }
  if (!packed_) return dropped;
  std::vector<Chunk>& closed = packed_->closed;
  auto keep = closed.begin();
  for (; keep != closed.end() && keep->last < cutoff; ++keep) dropped += keep->count;
  closed.erase(closed.begin(), keep);
  if (packed_->open() && packed_->open_last() < cutoff) {
    dropped += packed_->state.count;
    packed_->DropOpen();
  }
  if (packed_->empty()) packed_.reset();
  return dropped;
}

void SeriesSamples::DropChunksUntil(int64_t last) {
  if (!packed_) return;
  std::vector<Chunk>& closed = packed_->closed;
  auto keep =
      std::find_if(closed.begin(), closed.end(), [&](const Chunk& chunk) { return chunk.last > last; });
  closed.erase(closed.begin(), keep);
  if (packed_->open() && packed_->open_last() <= last) packed_->DropOpen();
  if (packed_->empty()) {
    packed_.reset();
  } else if (closed.capacity() > 2 * closed.size()) {
    closed.shrink_to_fit();
  }
}

void SeriesSamples::Chunks(Interval interval, std::vector<PackedChunk>& chunks) const {
  if (!packed_) return;
  for (const Chunk& chunk : packed_->closed) {
    if (interval.Overlaps(chunk.first, chunk.last)) chunks.push_back(chunk.View());
  }
  if (packed_->open() && interval.Overlaps(packed_->first, packed_->open_last())) {
    chunks.push_back(packed_->OpenView());
  }
}

bool SeriesSamples::ColumnsOverlap(Interval interval) const {
  return !columns_.empty() && interval.Overlaps(columns_.first_time(), columns_.last_time());
}

void SeriesSamples::CopyColumns(Interval interval, Columns& columns) const {
  if (!ColumnsOverlap(interval)) return;
  size_t from = 0;
  while (from < columns_.size() && columns_.time_at(from) < interval.start) ++from;
  size_t to = columns_.size();
  while (to > from && columns_.time_at(to - 1) > interval.end) --to;
  const size_t before = columns.size();
  columns.times.resize(before + to - from);
  columns.values.resize(before + to - from);
  columns_.Copy(from, to - from, columns.times.data() + before, columns.values.data() + before);
}

bool SeriesSamples::MayOverlap(Interval interval) const {
  if (ColumnsOverlap(interval)) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_.time_at(i) >= interval.start && columns_.time_at(i) <= interval.end) return true;
    }
  }
  if (!packed_) return false;
  if (packed_->open() && interval.Overlaps(packed_->first, packed_->open_last())) return true;
  return std::any_of(packed_->closed.begin(), packed_->closed.end(),
                     [&](const Chunk& chunk) { return interval.Overlaps(chunk.first, chunk.last); });
}

size_t SeriesSamples::chunks() const {
  return (columns_.empty() ? 0 : 1) + (packed_ ? packed_->closed.size() + (packed_->open() ? 1 : 0) : 0);
}

int64_t SeriesSamples::first_time() const {
  if (!packed_ || NoChunks()) return columns_.first_time();
  return packed_->closed.empty() ? packed_->first : packed_->closed.front().first;
}

size_t SeriesSamples::memory() const {
  size_t bytes = columns_.memory();
  if (!packed_) return bytes;
  bytes += sizeof(Packed) + packed_->closed.capacity() * sizeof(Chunk);
  if (packed_->open()) bytes += packed_->bytes.memory();
  for (const Chunk& chunk : packed_->closed) bytes += chunk.bytes.memory();
  return bytes;
}

}  // namespace tocsin::store
