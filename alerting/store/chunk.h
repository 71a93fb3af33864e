// The samples of one series in memory: the newest in columns, those before compressed into chunks.
//
// Twelve to twenty-four samples stand in columns (see recent.h). When these are full, the older half is
// encoded behind the open chunk as one block; what stands in a chunk is never written again. A reader
// therefore copies the columns under the store's lock, keeps the chunks it needs alive, and decodes them
// without the lock while appending goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "alerting/store/codec.h"
#include "alerting/store/recent.h"

namespace tocsin::store {

/// A closed interval of milliseconds.
struct Interval {
  int64_t start = 0;
  int64_t end = 0;
  bool Overlaps(int64_t first, int64_t last) const { return first <= end && last >= start; }
};

inline constexpr Interval kAllTime{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};

/// Compressed samples, kept alive by `owner`. Readable without a lock.
struct PackedChunk {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
  uint32_t count = 0;
  Encoding encoding = Encoding::kXor;
  int64_t first = 0;  ///< time of the first sample
  int64_t last = 0;
};

/// Samples as two columns.
struct Columns {
  std::vector<int64_t> times;
  std::vector<double> values;
  size_t size() const { return times.size(); }
};

/// Appends a chunk's samples; false, with nothing appended, when it is damaged.
bool DecodeInto(const PackedChunk& chunk, Columns& columns);

/// Written by one thread at a time; the store's lock orders writers and readers. What Append() is given is
/// newer than all before.
class SeriesSamples {
 public:
  SeriesSamples();
  ~SeriesSamples();
  SeriesSamples(const SeriesSamples&) = delete;
  SeriesSamples& operator=(const SeriesSamples&) = delete;

  bool empty() const { return columns_.empty() && (!packed_ || NoChunks()); }
  void Append(int64_t time, double value);

  /// Ends the open chunk, so that no more is encoded behind it; with `columns` what stands in columns goes
  /// into it before.
  void Close(bool columns);
  /// Drops chunks whose samples are all older than `cutoff`; the columns too, when there is nothing newer.
  /// Returns the number of samples that went.
  size_t DropBefore(int64_t cutoff);

  /// Drops chunks, but not columns, whose samples are no newer than `last`.
  void DropChunksUntil(int64_t last);

  /// The chunks that may hold samples of the interval, oldest first.
  void Chunks(Interval interval, std::vector<PackedChunk>& chunks) const;
  /// Appends the samples of the interval that stand in columns; they are newer than every chunk.
  void CopyColumns(Interval interval, Columns& columns) const;
  /// Whether a sample of the interval may be there: exact for columns, by first and last for chunks.
  bool MayOverlap(Interval interval) const;

  /// What stands in columns counts as one.
  size_t chunks() const;
  /// There is a sample.
  int64_t first_time() const;

  /// Bytes of memory beyond the object's own.
  size_t memory() const;

 private:
  struct Chunk;
  struct Packed;
  bool NoChunks() const;
  bool ColumnsOverlap(Interval interval) const;
  void PackOldest(size_t count);
  void PutIntoChunk(std::span<const int64_t> times, std::span<const double> values);

  RecentSamples columns_;
  std::unique_ptr<Packed> packed_;  ///< null while everything stands in columns
};

}  // namespace tocsin::store
