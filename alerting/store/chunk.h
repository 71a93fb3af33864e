// The samples of one series: two columns, cut into chunks that never move.
//
// A chunk has room for a fixed number of samples and is filled in order; what stands in it is never written
// again. A reader therefore only has to know how many samples there were when it looked (a ChunkView) and to
// keep the chunk alive: appending goes on behind that mark without disturbing it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "alerting/model/series_source.h"

namespace tocsin::store {

/// Written by one thread at a time; the store's lock orders writers and those who take views.
class Chunk {
 public:
  explicit Chunk(size_t capacity);

  bool full() const { return size_ == capacity_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  int64_t first_time() const { return timestamps_[0]; }
  int64_t last_time() const { return timestamps_[size_ - 1]; }
  double last_value() const { return values_[size_ - 1]; }
  const int64_t* timestamps() const { return timestamps_.get(); }
  const double* values() const { return values_.get(); }

  /// Not when full.
  void Append(int64_t timestamp, double value);

 private:
  size_t capacity_;
  size_t size_ = 0;
  std::unique_ptr<int64_t[]> timestamps_;
  std::unique_ptr<double[]> values_;
};

/// The first `size` samples of a chunk, kept alive. Readable without a lock.
struct ChunkView {
  std::shared_ptr<const Chunk> chunk;
  size_t size = 0;
};

/// All chunks of a series, oldest first, without gaps in order. Guarded by the store's lock.
class ChunkList {
 public:
  bool empty() const { return chunks_.empty(); }
  int64_t last_time() const { return chunks_.back()->last_time(); }
  double last_value() const { return chunks_.back()->last_value(); }

  /// `timestamp` is newer than last_time().
  void Append(int64_t timestamp, double value);

  /// Drops chunks whose samples are all older than `cutoff`; returns the number of samples that went.
  size_t DropBefore(int64_t cutoff);

  /// Views of the chunks that may hold samples in [start, end].
  std::vector<ChunkView> Overlapping(int64_t start, int64_t end) const;

  /// True when a sample lies in [start, end].
  bool HasSampleIn(int64_t start, int64_t end) const;

 private:
  std::vector<std::shared_ptr<Chunk>> chunks_;
};

/// Fills `series` with what the views hold of [start, end]: pinned where one chunk has it all, else joined in
/// a copy. False when there is nothing. Needs no lock.
bool ReadViews(const std::vector<ChunkView>& views, int64_t start, int64_t end, model::Series& series);

}  // namespace tocsin::store
