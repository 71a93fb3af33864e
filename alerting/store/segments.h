// All segment files of a folder: opened at the start, published as they are sealed, merged so that they stay
// few, dropped by the retention.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "alerting/store/files.h"
#include "alerting/store/segment.h"
#include "base/log.h"
#include "base/time.h"

namespace tocsin::store {

using SegmentList = std::vector<std::shared_ptr<const Segment>>;

struct SegmentsStats {
  size_t files = 0;
  uint64_t bytes = 0;
  uint64_t samples = 0;
  uint64_t merges = 0;
  uint64_t merges_failed = 0;
  uint64_t files_dropped = 0;    ///< by the retention
  uint64_t samples_dropped = 0;  ///< in them
  uint64_t damaged = 0;          ///< files and chunks that could not be read
};

/// Snapshot() and stats() are thread safe; the others are called by one thread at a time.
class Segments {
 public:
  Segments(std::filesystem::path folder, Files& files, Logger log);

  /// Opens what is there. A damaged file is renamed to *.damaged, with a warning, and left alone from then
  /// on.
  Status Open();

  /// In the order of their numbers; regular ones before backfill.
  std::shared_ptr<const SegmentList> Snapshot() const;

  /// Where the next file goes.
  std::filesystem::path NextPath();
  /// Takes the file that was finished at NextPath() in, in place of those that it replaces, whose files go.
  Status Publish();

  /// Drops what ends before `cutoff`, then the oldest while the files are larger than `max_bytes` (0: no
  /// limit). Returns whether anything went.
  bool ApplyRetention(int64_t cutoff, uint64_t max_bytes);

  /// Merges once if a merge is due: the fresh segments of a finished window into one, those into larger
  /// ones; `newest` is the time that windows are finished by. True when one was made.
  Result<bool> MergeOnce(Duration retention, int64_t newest);

  void CountDamaged(size_t chunks) const;
  SegmentsStats stats() const;

 private:
  void Set(SegmentList list);
  SegmentList Due(Duration retention, int64_t newest) const;
  Status Merge(const SegmentList& sources);
  void RemoveFiles(const SegmentList& gone);

  const std::filesystem::path folder_;
  Files& files_;
  const Logger log_;
  uint64_t next_ = 1;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const SegmentList> list_;
  mutable SegmentsStats stats_;
};

/// The series' samples of all of these chunks, ascending; where a time is there twice the first one stays.
Columns MergeSamples(std::span<const PackedChunk> chunks);

/// Sorts by time; of equal times the first one stays.
void SortSamples(Columns& columns);

}  // namespace tocsin::store
