#include "alerting/store/wal.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "alerting/store/log_file.h"

namespace tocsin::store {
namespace {

// A queue that is longer than this is written without waiting for the interval.
constexpr size_t kLongQueue = size_t{1} << 20;

}  // namespace

std::string WalFileName(uint64_t number) { return fmt::format("{:08}.wal", number); }

Wal::Wal(std::filesystem::path folder, uint64_t first, WalOptions options, Files& files, Logger log)
    : folder_(std::move(folder)),
      options_(options),
      files_(files),
      log_(std::move(log)),
      number_(first),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Wal::~Wal() = default;  // the thread is stopped and waited for

void Wal::Add(RecordType type, std::string_view payload) {
  const std::lock_guard lock(mutex_);
  if (refused_ && queue_.size() + payload.size() > options_.queue_bytes) {
    ++stats_.records_lost;
    gap_ = true;
    return;
  }
  const size_t before = queue_.size();
  PutRecord(type, payload, queue_);
  added_ += queue_.size() - before;
  const bool urgent = options_.sync == SyncMode::kAlways || queue_.size() > kLongQueue;
  if (before == 0 || urgent) wake_.notify_one();
}

Status Wal::WaitSafe() {
  if (options_.sync != SyncMode::kAlways) return {};
  std::unique_lock lock(mutex_);
  const uint64_t position = added_;
  ++waiting_;
  wake_.notify_one();
  done_.wait(lock, [&] { return safe_ >= position || refused_; });
  --waiting_;
  if (safe_ >= position) return {};
  return Fail(Error(ErrorCode::kIo, refusal_).Retryable(true));
}

Wal::CutTicket Wal::Cut() {
  const std::lock_guard lock(mutex_);
  cuts_.push_back(queue_.size());
  ++added_;
  wake_.notify_one();
  return ++cut_tickets_;
}

Result<uint64_t> Wal::WaitCut(CutTicket ticket) {
  std::unique_lock lock(mutex_);
  auto made = finished_cuts_.end();
  auto is_made = [&] {
    made = std::find_if(finished_cuts_.begin(), finished_cuts_.end(),
                        [&](const auto& cut) { return cut.first == ticket; });
    return made != finished_cuts_.end();
  };
  ++waiting_;
  wake_.notify_one();
  done_.wait(lock, [&] { return is_made() || refused_; });
  --waiting_;
  if (!is_made()) return Fail(Error(ErrorCode::kIo, refusal_).Retryable(true));
  const uint64_t number = made->second;
  finished_cuts_.erase(finished_cuts_.begin(), made + 1);
  return number;
}

bool Wal::TakeGap() {
  const std::lock_guard lock(mutex_);
  if (refused_) return false;
  return std::exchange(gap_, false);
}

WalStats Wal::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void Wal::Run(const std::stop_token& stop) {
  Work work;
  while (Take(stop, work)) {
    const Status outcome = WriteOut(work);
    Finish(work, outcome);
    if (outcome) {
      work = {};
      continue;
    }
    if (stop.stop_requested()) return;
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, options_.retry, [] { return false; });
  }
}

/// Waits for something to write, then until it is due; false at the end, when nothing is left.
bool Wal::Take(const std::stop_token& stop, Work& work) {
  if (!work.bytes.empty() || !work.cuts.empty()) return true;  // what is left of a turn that failed
  std::unique_lock lock(mutex_);
  auto something = [&] { return !queue_.empty() || !cuts_.empty(); };
  wake_.wait(lock, stop, something);
  if (!something()) return false;
  if (options_.sync != SyncMode::kAlways) {
    wake_.wait_for(lock, stop, options_.sync_interval,
                   [&] { return queue_.size() > kLongQueue || !cuts_.empty() || waiting_ > 0; });
  }
  std::swap(work.bytes, queue_);
  std::swap(work.cuts, cuts_);
  work.end = added_;
  return true;
}

/// Takes away from `work` what is written.
Status Wal::WriteOut(Work& work) {
  const bool any = !work.bytes.empty();
  size_t written = 0;
  Status outcome;
  size_t cuts_made = 0;
  for (const size_t cut : work.cuts) {
    outcome = WritePiece(std::string_view(work.bytes).substr(written, cut - written));
    if (!outcome) break;
    written = cut;
    if (file_ && options_.sync != SyncMode::kOff) outcome = file_->Sync();
    if (!outcome) break;
    NextFile();
    ++cuts_made;
    const std::lock_guard lock(mutex_);
    finished_cuts_.emplace_back(++cuts_made_, number_);
  }
  if (outcome) {
    outcome = WritePiece(std::string_view(work.bytes).substr(written));
    if (outcome) written = work.bytes.size();
  }
  if (outcome && any && file_ && options_.sync != SyncMode::kOff) {
    outcome = file_->Sync();
    // What a failed sync left behind is unknown, and a second one would not tell: the records go into the
    // next file once more. Reading them twice does no harm.
    if (!outcome) {
      written = work.cuts.empty() ? 0 : work.cuts.back();
      NextFile();
    }
    const std::lock_guard lock(mutex_);
    ++stats_.syncs;
  }
  work.bytes.erase(0, written);
  work.cuts.erase(work.cuts.begin(), work.cuts.begin() + static_cast<std::ptrdiff_t>(cuts_made));
  for (size_t& cut : work.cuts) cut -= written;
  return outcome;
}

Status Wal::WritePiece(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (file_ && file_size_ >= options_.file_bytes) {
    if (options_.sync != SyncMode::kOff) {
      if (Status synced = file_->Sync(); !synced) return synced;
    }
    NextFile();
  }
  if (!file_) {
    if (Status opened = OpenFile(); !opened) return opened;
  }
  Status written = file_->Write(bytes);
  if (!written) {
    // Not to leave a torn record in the middle; should that fail too, the rest of the file is given up.
    if (!file_->Truncate(file_size_)) NextFile();
    return written;
  }
  file_size_ += bytes.size();
  const std::lock_guard lock(mutex_);
  stats_.bytes_written += bytes.size();
  return {};
}

Status Wal::OpenFile() {
  auto file = files_.Create(folder_ / WalFileName(number_));
  if (!file) return Fail(file.error());
  const std::string header = LogHeader();
  if (Status written = (*file)->Write(header); !written) return written;
  if (Status synced = files_.SyncFolder(folder_); !synced) return synced;
  file_ = std::move(*file);
  file_size_ = header.size();
  return {};
}

void Wal::NextFile() {
  if (!file_) return;  // the number was not used
  file_.reset();
  ++number_;
}

void Wal::Finish(const Work& work, const Status& outcome) {
  bool was_refused = false;
  uint64_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    was_refused = std::exchange(refused_, !outcome);
    stats_.writable = outcome.has_value();
    lost = stats_.records_lost;
    if (outcome) {
      safe_ = work.end;
    } else {
      refusal_ = outcome.error().message();
      ++stats_.failures;
    }
  }
  done_.notify_all();
  if (!outcome && !was_refused) {
    log_.Error("Can't write the write-ahead log; samples go on in memory", {{"err", outcome.error()}});
  }
  if (outcome && was_refused) {
    log_.Info("The write-ahead log is written again", {{"records_lost_to_the_log", lost}});
  }
}

}  // namespace tocsin::store
