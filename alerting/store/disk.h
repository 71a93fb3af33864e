// What of a store is on disk: the folder's lock, the write-ahead log, checkpoints, segments.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "alerting/store/backfill.h"
#include "alerting/store/files.h"
#include "alerting/store/head.h"
#include "alerting/store/segments.h"
#include "alerting/store/wal.h"
#include "base/log.h"
#include "base/time.h"

namespace tocsin::store {

struct DiskOptions {
  std::filesystem::path folder;
  WalOptions wal;
  uint64_t retention_bytes = 0;  ///< of segments and log together; 0: no limit
  /// How often what memory holds goes to a segment file.
  Duration seal_interval{10 * 60'000};
  uint64_t most_wal_bytes = uint64_t{512} << 20;  ///< a log that is larger is sealed before
  size_t most_backfill = 4'000'000;               ///< samples that came late; the same
  std::shared_ptr<Files> files;                   ///< null: the system's
};

struct DiskStats {
  WalStats wal;
  SegmentsStats segments;
  uint64_t wal_bytes = 0;   ///< on disk, since the last checkpoint
  uint64_t wal_faults = 0;  ///< torn or damaged places that the start found
  uint64_t samples_replayed = 0;
  Duration replay{0};
  uint64_t seals = 0;
  uint64_t seals_failed = 0;
};

/// Load() comes first, and ends before anything else is called; then Journal's members, WaitSafe(),
/// segments() and stats() are thread safe, Upkeep() is for one thread at a time.
class Disk final : public Journal {
 public:
  /// Locks the folder, and makes it when it is not there. kUnavailable: another process has it.
  static Result<std::unique_ptr<Disk>> Open(DiskOptions options, Logger log);
  ~Disk() override;

  /// Fills head and backfill with what is in the folder, and begins a new log. What is damaged is passed over
  /// with a warning; errors are those of a folder that can't be read at all.
  Status Load(Head& head, Backfill& backfill);

  void SeriesMade(SeriesId id, const model::Labels& labels) override;
  void SeriesRemoved(const SeriesIds& ids) override;
  void SamplesAdded(std::span<const PendingSample> samples, bool backfill) override;
  /// As Wal::WaitSafe().
  Status WaitSafe() { return wal_->WaitSafe(); }

  std::shared_ptr<const SegmentList> segments() const { return segments_.Snapshot(); }
  void CountDamaged(size_t chunks) const { segments_.CountDamaged(chunks); }

  /// Seals when it is time, merges, applies the retention. True when segments went by it.
  bool Upkeep(Head& head, Backfill& backfill, Timestamp now, Duration retention);
  /// Moves what memory holds, but for the newest samples of live series, to segment files.
  Status Seal(Head& head, Backfill& backfill, Timestamp now);

  DiskStats stats() const;

 private:
  Disk(DiskOptions options, FolderLock lock, std::shared_ptr<Files> files, Logger log);
  struct LogFolder;
  LogFolder ListLogs() const;
  void RestoreSegments(Head& head) const;
  void Replay(const std::filesystem::path& path, bool last, const LogVisitor& visitor);
  Status SealHead(Head& head, Timestamp now);
  Status SealBackfill(Head& head, Backfill& backfill);
  Status Checkpoint(Head& head, const Backfill& backfill);
  Status WriteCheckpoint(const Head& head, const Backfill& backfill, uint64_t number);
  void RemoveLogsBefore(uint64_t number);
  void Report(const Status& outcome);

  const DiskOptions options_;
  const FolderLock lock_;
  const std::shared_ptr<Files> files_;
  const Logger log_;
  const std::filesystem::path log_folder_;
  Segments segments_;
  std::string scratch_;  ///< of the journal, whose calls come one at a time
  std::unique_ptr<Wal> wal_;
  Timestamp last_seal_;
  std::optional<Timestamp> retry_at_;  ///< after a failure
  bool failing_ = false;

  mutable std::mutex mutex_;  // guards what follows
  DiskStats stats_;
  uint64_t replayed_bytes_ = 0;
  uint64_t written_at_checkpoint_ = 0;
};

}  // namespace tocsin::store
