#include "exporter/tail/file_follower.h"

#include <utility>

namespace tocsin::tail {

namespace {
/// Files renamed within the quiet time that are kept open at once; beyond it the oldest is left early.
constexpr size_t kMaxRenamed = 16;
}  // namespace

FileFollower::FileFollower(std::string path, StartAt start, const Clock& clock, Logger log, Sink sink)
    : path_(std::move(path)),
      first_start_(start),
      clock_(clock),
      log_(std::move(log)),
      sink_(std::move(sink)) {}

bool FileFollower::Poll(size_t max_bytes) {
  LookAtPath();
  bool more = false;
  for (Source& source : renamed_) more = ReadFrom(source, max_bytes) || more;
  if (current_) more = ReadFrom(*current_, max_bytes) || more;
  if (!more) LeaveQuietFiles();
  return more;
}

void FileFollower::LookAtPath() {
  const StartAt start = looked_ ? StartAt::kBeginning : first_start_;
  looked_ = true;
  const std::optional<FileId> there = IdentifyFile(path_);
  if (!current_) {
    OpenPath(start);
  } else if (there && *there != current_->file.id()) {
    log_.Info("Log was rotated", {{"file", path_}});
    ++rotations_;
    current_->grew_at = clock_.Now();
    renamed_.push_back(std::move(*current_));
    current_.reset();
    if (renamed_.size() > kMaxRenamed) {
      Retire(renamed_.front());
      renamed_.pop_front();
    }
    OpenPath(StartAt::kBeginning);
  } else if (!current_->file.Continues()) {
    BeginAgain();
  }
}

void FileFollower::OpenPath(StartAt start) {
  Result<LogFile> opened = LogFile::Open(path_);
  if (!opened) {
    const bool is_news = !error_ || error_->message() != opened.error().message();
    if (is_news) log_.Warn("Log can't be read; trying again", {{"file", path_}, {"err", opened.error()}});
    error_ = opened.error();
    return;
  }
  error_.reset();
  current_ = std::make_unique<Source>(std::move(*opened));
  if (start == StartAt::kEnd) {
    current_->file.SeekTo(current_->file.size());
    if (!current_->file.AtLineStart()) current_->lines.SkipToNewline();
  }
  current_->file.TakeFingerprint();
  log_.Info("Following log", {{"file", path_}, {"offset", current_->file.offset()}});
}

void FileFollower::BeginAgain() {
  log_.Info("Log was truncated", {{"file", path_}});
  ++rotations_;
  lost_bytes_ += current_->lines.partial_bytes();
  retired_too_long_lines_ += current_->lines.too_long_lines();
  Result<LogFile> opened = LogFile::Open(path_);
  current_ = opened ? std::make_unique<Source>(std::move(*opened)) : nullptr;
}

bool FileFollower::ReadFrom(Source& source, size_t max_bytes) {
  for (size_t total = 0; total < max_bytes;) {
    const Result<size_t> got = source.file.Read(source.lines.Space());
    if (!got) {
      error_ = got.error().WithContext(path_);
      return false;
    }
    if (*got == 0) return false;
    batch_.clear();
    source.lines.Commit(*got, batch_);
    source.file.TakeFingerprint();
    source.grew_at = clock_.Now();
    total += *got;
    if (!batch_.empty()) sink_(batch_);
  }
  return true;
}

void FileFollower::LeaveQuietFiles() {
  const Timestamp now = clock_.Now();
  for (auto source = renamed_.begin(); source != renamed_.end();) {
    if (now - source->grew_at < kQuiet) {
      ++source;
      continue;
    }
    Retire(*source);
    source = renamed_.erase(source);
  }
}

void FileFollower::Retire(const Source& source) {
  lost_bytes_ += source.lines.partial_bytes();
  retired_too_long_lines_ += source.lines.too_long_lines();
}

void FileFollower::Finish() {
  if (!current_ || current_->lines.partial().empty()) return;
  const std::string_view last = current_->lines.partial();
  sink_({&last, 1});
  current_->lines.Clear();
}

uint64_t FileFollower::lag_bytes() const {
  uint64_t lag = 0;
  const auto add = [&lag](const Source& source) {
    const uint64_t size = source.file.size();
    if (size > source.file.offset()) lag += size - source.file.offset();
  };
  for (const Source& source : renamed_) add(source);
  if (current_) add(*current_);
  return lag;
}

uint64_t FileFollower::too_long_lines() const {
  uint64_t lines = retired_too_long_lines_;
  for (const Source& source : renamed_) lines += source.lines.too_long_lines();
  return lines + (current_ ? current_->lines.too_long_lines() : 0);
}

}  // namespace tocsin::tail
