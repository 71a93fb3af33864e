// How the parts go together. A seal closes what memory has of full chunks, writes it as a segment, publishes
// that, and lets memory go of it; a checkpoint then holds all series and the samples that are in no segment,
// and the log before it can go. A kill between two steps leaves samples in two places, never in none: replay
// passes over what a segment has, and readers take the first of two equal times.
#include "alerting/store/disk.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <system_error>
#include <utility>

#include <malloc.h>
#include <sys/stat.h>

#include "alerting/store/log_file.h"

namespace tocsin::store {
namespace {

constexpr std::string_view kCheckpointSuffix = ".checkpoint";
constexpr std::string_view kWalSuffix = ".wal";
constexpr Duration kRetryAfterFailure{30'000};

std::optional<uint64_t> NumberBefore(const std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  uint64_t number = 0;
  const char* end = name.data() + name.size() - suffix.size();
  const auto [at, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc{} || at != end) return std::nullopt;
  return number;
}

std::string CheckpointName(uint64_t number) {
  std::string name = WalFileName(number);
  name.resize(name.size() - kWalSuffix.size());
  return name + std::string(kCheckpointSuffix);
}

std::optional<Timestamp> ModifiedAt(const std::filesystem::path& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return std::nullopt;
  return Timestamp::FromMillis(about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1'000'000);
}

uint64_t SizeOf(const std::filesystem::path& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  return failed ? 0 : size;
}

/// A log file that is written through a buffer.
class LogWriter {
 public:
  explicit LogWriter(Files::Output& out) : out_(out), buffer_(LogHeader()) {}
  Status Put(RecordType type, std::string_view payload) {
    constexpr size_t kBuffer = size_t{1} << 20;
    PutRecord(type, payload, buffer_);
    return buffer_.size() < kBuffer ? Status() : Flush();
  }
  Status Flush() {
    Status written = out_.Write(buffer_);
    buffer_.clear();
    return written;
  }

 private:
  Files::Output& out_;
  std::string buffer_;
};

/// Series and their samples, many to a record.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(LogWriter& log) : log_(log) {}

  Status Add(SeriesId id, const model::Labels& labels, const Columns& columns) {
    constexpr size_t kSeries = 512;
    constexpr size_t kSamples = 100'000;
    series_.Add(id, labels);
    for (size_t i = 0; i < columns.size(); ++i) {
      samples_.push_back({id, columns.times[i], columns.values[i]});
    }
    return series_.series() < kSeries && samples_.size() < kSamples ? Status() : Flush();
  }

  Status Flush() {
    Status status;
    if (series_.series() > 0) status = log_.Put(RecordType::kSeries, series_.Take());
    if (!status || samples_.empty()) return status;
    // By time, so that series of one target share theirs.
    std::stable_sort(samples_.begin(), samples_.end(),
                     [](const PendingSample& a, const PendingSample& b) { return a.time < b.time; });
    std::string payload;
    EncodeSamples(samples_, payload);
    samples_.clear();
    return log_.Put(RecordType::kSamples, payload);
  }

 private:
  LogWriter& log_;
  SeriesEncoder series_;
  std::vector<PendingSample> samples_;
};

}  // namespace

struct Disk::LogFolder {
  std::map<uint64_t, std::filesystem::path> logs;
  std::map<uint64_t, std::filesystem::path> checkpoints;
};

Result<std::unique_ptr<Disk>> Disk::Open(DiskOptions options, Logger log) {
  auto lock = FolderLock::Take(options.folder);
  if (!lock) return Fail(lock.error());
  std::error_code failed;
  std::filesystem::create_directories(options.folder / "wal", failed);
  if (failed)
    return Fail(ErrorCode::kIo, "create " + (options.folder / "wal").string() + ": " + failed.message());
  std::shared_ptr<Files> files = options.files ? options.files : std::make_shared<SystemFiles>();
  return std::unique_ptr<Disk>(
      new Disk(std::move(options), std::move(*lock), std::move(files), std::move(log)));
}

Disk::Disk(DiskOptions options, FolderLock lock, std::shared_ptr<Files> files, Logger log)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      files_(std::move(files)),
      log_(std::move(log)),
      log_folder_(options_.folder / "wal"),
      segments_(options_.folder / "segments", *files_, log_) {}

Disk::~Disk() = default;

// --- The start.

Disk::LogFolder Disk::ListLogs() const {
  LogFolder found;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(log_folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (const auto number = NumberBefore(name, kWalSuffix)) found.logs.emplace(*number, at->path());
    if (const auto number = NumberBefore(name, kCheckpointSuffix)) {
      found.checkpoints.emplace(*number, at->path());
    }
  }
  return found;
}

/// Segments tell which samples need not be replayed, and name series that the checkpoint lost.
void Disk::RestoreSegments(Head& head) const {
  std::vector<Head::Sealed> sealed;
  for (const auto& segment : *segments_.Snapshot()) {
    sealed.clear();
    for (size_t i = 0; i < segment->series(); ++i) sealed.push_back({segment->IdAt(i), segment->LastAt(i)});
    const SeriesIds unknown = head.RestoreSealed(sealed);
    if (unknown.empty()) continue;
    const Segment::LabelReader labels(*segment);
    std::vector<Head::Sealed> found;
    auto next = unknown.begin();
    for (size_t i = 0; i < sealed.size() && next != unknown.end(); ++i) {
      if (sealed[i].id != *next) continue;
      ++next;
      if (head.Restore(sealed[i].id, labels.At(i))) found.push_back(sealed[i]);
    }
    (void)head.RestoreSealed(found);
  }
}

void Disk::Replay(const std::filesystem::path& path, bool last, const LogVisitor& visitor) {
  auto file = MappedFile::Open(path);
  if (!file) {
    log_.Warn("Passed over a log file", {{"err", file.error()}});
    ++stats_.wal_faults;
    return;
  }
  const size_t size = file->bytes().size();
  const LogReading reading = ReadLog(file->bytes(), visitor);
  if (reading.fault.empty()) return;
  ++stats_.wal_faults;
  log_.Warn("The write-ahead log is damaged; what stands before is kept",
            {{"file", path.string()},
             {"reason", reading.fault},
             {"offset", reading.good_bytes},
             {"bytes_lost", size - reading.good_bytes}});
  if (!last) return;        // it goes with the next checkpoint
  std::error_code ignored;  // the next start would warn again, no more
  std::filesystem::resize_file(path, reading.good_bytes, ignored);
}

Status Disk::Load(Head& head, Backfill& backfill) {
  const auto begin = std::chrono::steady_clock::now();
  if (Status opened = segments_.Open(); !opened) return opened;
  const LogFolder found = ListLogs();
  SeriesId greatest = 0;
  LogVisitor visitor;
  visitor.removed = [&](const SeriesIds& ids) {
    for (const SeriesId id : ids) greatest = std::max(greatest, id);
    head.RestoreRemoved(ids);
  };
  visitor.series = [&](SeriesId id, const model::Labels& labels) {
    greatest = std::max(greatest, id);
    (void)head.Restore(id, labels);
  };
  visitor.samples = [&](std::vector<PendingSample>& samples, bool late) {
    for (const PendingSample& sample : samples) greatest = std::max(greatest, sample.id);
    if (late) {
      backfill.Add(samples);
    } else {
      stats_.samples_replayed += head.Restore(samples);
    }
  };
  uint64_t checkpoint = 0;
  uint64_t first_log = 0;
  if (!found.checkpoints.empty()) {
    checkpoint = found.checkpoints.rbegin()->first;
    const std::filesystem::path& path = found.checkpoints.rbegin()->second;
    LogVisitor only_series = visitor;
    only_series.samples = [](std::vector<PendingSample>&, bool) {};
    LogVisitor only_samples = visitor;
    only_samples.series = [](SeriesId, const model::Labels&) {};
    Replay(path, false, only_series);
    RestoreSegments(head);
    Replay(path, false, only_samples);
    first_log = checkpoint;
    last_seal_ = ModifiedAt(path).value_or(Timestamp());
  } else {
    RestoreSegments(head);
  }
  uint64_t greatest_log = checkpoint;
  for (const auto& [number, path] : found.logs) {
    greatest_log = std::max(greatest_log, number);
    if (number < first_log) continue;
    if (last_seal_ == Timestamp()) last_seal_ = ModifiedAt(path).value_or(Timestamp());
    replayed_bytes_ += SizeOf(path);
    Replay(path, number == found.logs.rbegin()->first, visitor);
  }
  head.ReserveIds(greatest);
  wal_ = std::make_unique<Wal>(log_folder_, greatest_log + 1, options_.wal, *files_, log_);
  stats_.replay = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
  const SegmentsStats segments = segments_.stats();
  log_.Info("Storage loaded", {{"folder", options_.folder.string()},
                               {"series", head.series()},
                               {"samples_replayed", stats_.samples_replayed},
                               {"segments", segments.files},
                               {"segment_bytes", segments.bytes},
                               {"milliseconds", stats_.replay.count()}});
  return {};
}

// --- The journal. Its calls come one at a time, under the head's lock for writers.

void Disk::SeriesMade(SeriesId id, const model::Labels& labels) {
  SeriesEncoder encoder;
  encoder.Add(id, labels);
  wal_->Add(RecordType::kSeries, encoder.Take());
}

void Disk::SeriesRemoved(const SeriesIds& ids) {
  scratch_.clear();
  EncodeRemoved(ids, scratch_);
  wal_->Add(RecordType::kRemoved, scratch_);
}

void Disk::SamplesAdded(std::span<const PendingSample> samples, bool backfill) {
  constexpr size_t kKept = size_t{64} << 10;  // of the room that the samples of a large scrape took
  scratch_.clear();
  EncodeSamples(samples, scratch_);
  wal_->Add(backfill ? RecordType::kBackfill : RecordType::kSamples, scratch_);
  if (scratch_.capacity() > kKept) scratch_ = {};
}

// --- Upkeep.

Status Disk::SealHead(Head& head, Timestamp now) {
  auto writer = SegmentWriter::Create(segments_.NextPath(), *files_);
  if (!writer) return Fail(writer.error());
  std::vector<Head::Sealed> sealed;
  Status status;
  const int64_t idle_before = (now - options_.seal_interval).millis();
  head.Seal(idle_before, [&](SeriesId id, const model::Labels& labels, std::span<const PackedChunk> chunks) {
    sealed.push_back({id, chunks.back().last});
    status = writer->Add(id, labels, chunks);
    return status.has_value();
  });
  if (!status || sealed.empty()) return status;
  if (status = writer->Finish({}); !status) return status;
  if (status = segments_.Publish(); !status) return status;
  head.Release(sealed);
  malloc_trim(0);  // many small pieces went, which would stay with the process otherwise
  return {};
}

Status Disk::SealBackfill(Head& head, Backfill& backfill) {
  if (backfill.samples() == 0) return {};
  auto writer = SegmentWriter::Create(segments_.NextPath(), *files_);
  if (!writer) return Fail(writer.error());
  Status status;
  const bool whole = backfill.Seal([&](SeriesId id, const Columns& columns) {
    const model::Labels labels = head.LabelsOf(id);
    if (!labels.empty()) status = writer->Add(id, labels, Pack(columns));
    return status.has_value();
  });
  if (!whole) return status;
  if (!writer->empty()) {
    SegmentInfo info;
    info.backfill = true;
    if (status = writer->Finish(info); !status) return status;
    if (status = segments_.Publish(); !status) return status;
  }
  backfill.Release();
  return {};
}

Status Disk::Seal(Head& head, Backfill& backfill, Timestamp now) {
  Status status = SealHead(head, now);
  if (status) status = SealBackfill(head, backfill);
  if (status) status = Checkpoint(head, backfill);
  const std::lock_guard lock(mutex_);
  ++(status ? stats_.seals : stats_.seals_failed);
  return status;
}

Status Disk::Checkpoint(Head& head, const Backfill& backfill) {
  Wal::CutTicket ticket = 0;
  uint64_t written = 0;
  head.Pause([&] {
    ticket = wal_->Cut();
    written = wal_->stats().bytes_written;
  });
  const Result<uint64_t> number = wal_->WaitCut(ticket);
  if (!number) return Fail(number.error());
  const std::filesystem::path path = log_folder_ / CheckpointName(*number);
  Status status = WriteCheckpoint(head, backfill, *number);
  if (!status) {
    (void)files_->Remove(path.string() + ".tmp");
    return status;
  }
  RemoveLogsBefore(*number);
  const std::lock_guard lock(mutex_);
  replayed_bytes_ = 0;
  written_at_checkpoint_ = written;
  return {};
}

Status Disk::WriteCheckpoint(const Head& head, const Backfill& backfill, uint64_t number) {
  const std::filesystem::path path = log_folder_ / CheckpointName(number);
  const std::filesystem::path temporary = path.string() + ".tmp";
  auto out = files_->Create(temporary);
  if (!out) return Fail(out.error());
  LogWriter log(**out);
  CheckpointWriter checkpoint(log);
  Status status;
  head.ForEachUnsealed([&](SeriesId id, const model::Labels& labels, const Columns& columns) {
    status = checkpoint.Add(id, labels, columns);
    return status.has_value();
  });
  if (status) status = checkpoint.Flush();
  backfill.ForEach([&](SeriesId id, const Columns& columns) {
    if (!status) return;
    std::vector<PendingSample> samples;
    for (size_t i = 0; i < columns.size(); ++i) {
      samples.push_back({id, columns.times[i], columns.values[i]});
    }
    std::string payload;
    EncodeSamples(samples, payload);
    status = log.Put(RecordType::kBackfill, payload);
  });
  if (status) status = log.Put(RecordType::kEnd, {});
  if (status) status = log.Flush();
  if (status) status = (*out)->Sync();
  if (status) status = files_->Rename(temporary, path);
  return status;
}

void Disk::RemoveLogsBefore(uint64_t number) {
  const LogFolder found = ListLogs();
  for (const auto* files : {&found.logs, &found.checkpoints}) {
    for (const auto& [older, path] : *files) {
      if (older >= number) continue;
      if (Status removed = files_->Remove(path); !removed) {
        log_.Warn("Can't remove an old log file", {{"err", removed.error()}});
      }
    }
  }
}

/// Tells once of a failure, and once of its end.
void Disk::Report(const Status& outcome) {
  if (outcome.has_value() != failing_) return;
  failing_ = !outcome;
  if (outcome) {
    log_.Info("Storage files are written again");
  } else {
    log_.Error("Can't write storage files; samples stay in memory", {{"err", outcome.error()}});
  }
}

bool Disk::Upkeep(Head& head, Backfill& backfill, Timestamp now, Duration retention) {
  const DiskStats before = stats();
  const uint64_t most = options_.retention_bytes == 0 ? 0
                        : options_.retention_bytes > before.wal_bytes
                            ? options_.retention_bytes - before.wal_bytes
                            : 1;
  const bool dropped = segments_.ApplyRetention((now - retention).millis(), most);
  if (last_seal_ == Timestamp() || now < last_seal_) last_seal_ = now;
  if (retry_at_ && now < *retry_at_) return dropped;
  retry_at_.reset();
  const bool due = now - last_seal_ >= options_.seal_interval || before.wal_bytes > options_.most_wal_bytes ||
                   backfill.samples() > options_.most_backfill;
  Status outcome;
  bool tried = true;
  if (due) {
    outcome = Seal(head, backfill, now);
    if (outcome) last_seal_ = now;
  } else if (wal_->TakeGap()) {
    outcome = Checkpoint(head, backfill);
  } else if (auto merged = segments_.MergeOnce(retention, head.newest()); !merged) {
    outcome = Fail(merged.error());
  } else {
    tried = *merged;
  }
  if (!outcome) retry_at_ = now + kRetryAfterFailure;
  if (tried) Report(outcome);
  return dropped;
}

DiskStats Disk::stats() const {
  DiskStats stats;
  {
    const std::lock_guard lock(mutex_);
    stats = stats_;
    if (wal_) stats.wal = wal_->stats();
    stats.wal_bytes = replayed_bytes_ + stats.wal.bytes_written - written_at_checkpoint_;
  }
  stats.segments = segments_.stats();
  return stats;
}

}  // namespace tocsin::store
