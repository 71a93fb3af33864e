#include "exporter/tail/file_follower.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace tocsin::tail {

namespace {

/// Renamed files that are read to their ends and kept open for what may still come; beyond it the oldest is
/// left early.
constexpr size_t kMaxRenamed = 16;
/// Files that were left are remembered, lest they be taken for new ones: those of a few rotations, and all
/// that a look has found until it is over.
constexpr size_t kMaxLeft = 32;
/// The kernel stamps files by a clock that ticks, ours does not.
constexpr Duration kStampSlack{20};

std::string NameOf(const std::string& path) { return std::filesystem::path(path).filename().string(); }

}  // namespace

FileFollower::FileFollower(std::string path, StartAt start, const Clock& clock, Logger log, LineSink sink)
    : path_(std::move(path)),
      first_start_(start),
      clock_(clock),
      log_(std::move(log)),
      sink_(std::move(sink)) {}

void FileFollower::Resume(LogPosition position) {
  if (position.looked_at == Timestamp()) return;  // the process ended before its first look
  rotations_ = position.rotations;
  lost_bytes_ = position.lost_bytes;
  past_too_long_lines_ = position.too_long_lines;
  left_.assign(position.left.begin(), position.left.end());
  looked_at_ = position.looked_at;
  resumed_ = std::move(position);
}

bool FileFollower::Poll(size_t max_bytes) {
  const Timestamp now = clock_.Now();
  const bool first = !looked_;
  const uint64_t before = bytes_read_;
  if (looked_at_ == Timestamp())
    looked_at_ = now;  // what was there before the first look is nobody's business
  LookAtPath();
  // While no file is there, or another one again, files may have come and gone that are yet to be found by
  // their times.
  const bool is_at_path = current_ && IdentifyFile(path_) == current_->file().id();
  // In the order in which they were written, for what depends on it: which pool serves now.
  if (ReadRenamed(max_bytes)) return true;
  const bool more = ReadCurrent(max_bytes);
  if (!more) LeaveQuietFiles();
  // Only when the current file has had its turn: until then it may be cut, and what was in it moved on,
  // unseen. A look that finds nothing new leaves the position as it is, so that it need not be written again.
  if (is_at_path && (first || bytes_read_ != before)) {
    looked_at_ = now;
    ForgetOldest();
  }
  return more;
}

void FileFollower::LookAtPath() {
  const bool first = !std::exchange(looked_, true);
  if (first && resumed_) {
    FindResumed();
  } else if (!current_) {
    OpenPath(first ? first_start_ : StartAt::kBeginning);
    if (!first && current_) rotations_ += AdoptGenerations(looked_at_);
  } else if (const auto there = IdentifyFile(path_); there && *there != current_->file().id()) {
    Rotated();
  }
  if (first) {
    for (Source& source : renamed_) source.SetGoal();
    if (current_) current_->SetGoal();
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
  if (Reads(opened->id()) || is_others_(*opened)) return;
  current_ = std::make_unique<Source>(std::move(*opened), clock_.Now());
  if (start == StartAt::kEnd) current_->JoinAtEnd();
  log_.Info("Following log", {{"file", path_}, {"offset", current_->file().offset()}});
}

void FileFollower::Rotated() {
  log_.Info("Log was rotated", {{"file", path_}});
  // One that is still empty leaves nothing by which a process that begins anew would know, and the count must
  // not go back.
  if (current_->file().size() > 0) ++rotations_;
  current_->Touch(clock_.Now());
  renamed_.push_back(std::move(*current_));
  current_.reset();
  // First the path, then what lies between: a rotation that happens meanwhile is seen at the next look.
  OpenPath(StartAt::kBeginning);
  rotations_ += AdoptGenerations(looked_at_);
}

void FileFollower::Truncated() {
  log_.Info("Log was truncated", {{"file", path_}});
  ++rotations_;
  Source cut = std::move(*current_);
  current_.reset();
  OpenPath(StartAt::kBeginning);
  if (!ContinueInCopy(cut)) Leave(cut);
  rotations_ += AdoptGenerations(looked_at_);
}

/// Where an earlier process stopped: each of its files is looked for by inode and beginning, then by the
/// beginning alone. What rotation has made since comes after them, and then the file at the path.
void FileFollower::FindResumed() {
  const LogPosition position = *std::exchange(resumed_, std::nullopt);
  const std::vector<Sibling> siblings = ListSiblings(path_);
  for (size_t i = 0; i < position.reading.size(); ++i) {
    const FilePosition& saved = position.reading[i];
    const bool was_current = position.has_current && i + 1 == position.reading.size();
    std::optional<LogFile> found = FindFile(saved, siblings);
    const auto at_path = IdentifyFile(path_);
    if (found && at_path && found->id() == *at_path) {
      current_ = std::make_unique<Source>(std::move(*found), saved, clock_.Now());
    } else if (found) {
      renamed_.emplace_back(std::move(*found), saved, clock_.Now());
    } else {
      const uint64_t known = saved.seen_size > saved.offset ? saved.seen_size - saved.offset : 0;
      lost_bytes_ += known;
      Remember(saved);
      log_.Warn("File of the log is gone; its rest is lost", {{"file", path_}, {"known_bytes", known}});
    }
    if (was_current && !current_ && at_path) ++rotations_;
  }
  if (!current_) OpenPath(StartAt::kBeginning);
  rotations_ += AdoptGenerations(position.looked_at);
  if (!current_ && !renamed_.empty() && !IdentifyFile(path_)) {
    // Renamed, and the writer not yet told to reopen: it may be silent for longer than kQuiet.
    current_ = std::make_unique<Source>(std::move(renamed_.back()));
    renamed_.pop_back();
  }
  log_.Info("Going on where the log was left", {{"file", path_}, {"lag_bytes", lag_bytes()}});
}

std::optional<LogFile> FileFollower::FindFile(const FilePosition& position,
                                              const std::vector<Sibling>& siblings) const {
  const auto fits = [&](const Sibling& sibling, LogFile& file) {
    return file.id() == sibling.id && !Reads(file.id()) && file.size() >= position.offset &&
           file.ReadBeginning(position.fingerprint.size()) == position.fingerprint;
  };
  for (const bool by_inode : {true, false}) {
    for (const Sibling& sibling : siblings) {
      if ((sibling.id.inode == position.inode) != by_inode || sibling.size < position.offset) continue;
      Result<LogFile> file = LogFile::Open(sibling.path);
      if (!file || !fits(sibling, *file)) continue;
      const bool is_new = !position.fingerprint.empty() && sibling.written >= looked_at_ - kStampSlack &&
                          IsGeneration(NameOf(path_), NameOf(sibling.path));
      if (by_inode || is_new || SameBeginning(position.fingerprint, file->ReadBeginning()))
        return std::move(*file);
    }
  }
  return std::nullopt;
}

/// copytruncate: what was not read before the cut stands in the copy.
bool FileFollower::ContinueInCopy(Source& cut) {
  FilePosition position = cut.position();
  position.inode = 0;
  position.offset = cut.file().offset();
  std::optional<LogFile> copy = FindFile(position, ListSiblings(path_));
  if (!copy) return false;
  renamed_.emplace_back(std::move(*copy), std::move(cut));
  renamed_.back().Touch(clock_.Now());
  return true;
}

/// Files that rotation made since `since`: each that is neither read nor known is read whole, before the
/// current one; one that was left goes on where it was, if it has grown. Returns how many are new.
size_t FileFollower::AdoptGenerations(Timestamp since) {
  const std::vector<Sibling> siblings = ListSiblings(path_);
  size_t adopted = 0;
  for (auto sibling = siblings.rbegin(); sibling != siblings.rend(); ++sibling) {
    if (sibling->written < since - kStampSlack || sibling->size == 0 || sibling->path == path_ ||
        Reads(sibling->id) || !IsGeneration(NameOf(path_), NameOf(sibling->path))) {
      continue;
    }
    Result<LogFile> file = LogFile::Open(sibling->path);
    if (!file || is_others_(*file) || ReadOnIfLeft(*file)) continue;
    const bool is_copy_of_current =
        current_ && SameBeginning(file->ReadBeginning(), current_->file().ReadBeginning());
    if (is_copy_of_current || Knows(*file)) {
      NoteCopy(*sibling);
      continue;
    }
    log_.Info("Reading what rotation made of the log meanwhile", {{"file", sibling->path}});
    renamed_.emplace_back(std::move(*file), clock_.Now());
    ++adopted;
  }
  return adopted;
}

/// Says it once: a log whose files all begin alike would else be passed over without a word.
void FileFollower::NoteCopy(const Sibling& sibling) {
  const auto is_it = [&](const FilePosition& left) { return left.inode == sibling.id.inode; };
  if (std::any_of(left_.begin(), left_.end(), is_it)) return;  // read itself, and left
  if (std::find(copies_.begin(), copies_.end(), sibling.id) != copies_.end()) return;
  copies_.push_back(sibling.id);
  if (copies_.size() > kMaxLeft) copies_.pop_front();
  log_.Info(
      "Passing over a rotated file that begins like one that is being read or was: it is taken for its copy",
      {{"file", sibling.path}, {"bytes", sibling.size}});
}

bool FileFollower::ReadOnIfLeft(LogFile& file) {
  const auto left = std::find_if(left_.begin(), left_.end(), [&](const FilePosition& position) {
    return position.inode == file.id().inode && file.size() > position.offset &&
           file.ReadBeginning(position.fingerprint.size()) == position.fingerprint;
  });
  if (left == left_.end()) return false;
  log_.Info("A file of the log that was left has grown", {{"file", path_}, {"offset", left->offset}});
  renamed_.emplace_back(std::move(file), std::move(*left), clock_.Now());
  left_.erase(left);
  return true;
}

bool FileFollower::ReadRenamed(size_t max_bytes) {
  for (auto source = renamed_.begin(); source != renamed_.end();) {
    const Result<Source::Outcome> outcome = ReadFrom(*source, max_bytes);
    if (outcome && *outcome == Source::Outcome::kMore) return true;
    const bool is_done = !outcome || *outcome == Source::Outcome::kTruncated || renamed_.size() > kMaxRenamed;
    if (!outcome) {
      log_.Warn("Rotated log can't be read any more", {{"file", path_}, {"err", outcome.error()}});
    }
    if (is_done) Leave(*source);
    source = is_done ? renamed_.erase(source) : std::next(source);
  }
  return false;
}

bool FileFollower::ReadCurrent(size_t max_bytes) {
  if (!current_) return false;
  const bool was_fresh = current_->file().offset() == 0;
  const Result<Source::Outcome> outcome = ReadFrom(*current_, max_bytes);
  if (!outcome) {
    error_ = outcome.error().WithContext(path_);
    return false;
  }
  if (*outcome == Source::Outcome::kTruncated) {
    Truncated();
    return true;
  }
  return (was_fresh && AdoptWhatCameBefore()) || *outcome == Source::Outcome::kMore;
}

/// A file of which nothing had been read shows nothing when it is written, copied and truncated between two
/// looks: but it has changed since, or holds something now, and then the copy is there. Only after reading,
/// when it is known what the file itself begins with.
bool FileFollower::AdoptWhatCameBefore() {
  const int64_t changed_at = current_->file().changed_at();
  if (changed_at == fresh_changed_at_ && current_->file().offset() == 0) return false;
  fresh_changed_at_ = changed_at;
  const size_t adopted = AdoptGenerations(looked_at_);
  rotations_ += adopted;
  return adopted > 0;
}

Result<Source::Outcome> FileFollower::ReadFrom(Source& source, size_t max_bytes) {
  const uint64_t before = source.file().offset();
  Result<Source::Outcome> outcome = source.Read(max_bytes, clock_, sink_);
  bytes_read_ += source.file().offset() - before;
  return outcome;
}

void FileFollower::LeaveQuietFiles() {
  const Timestamp now = clock_.Now();
  for (auto source = renamed_.begin(); source != renamed_.end();) {
    const bool is_quiet = now - source->grew_at() >= kQuiet;
    if (is_quiet) Leave(*source);
    source = is_quiet ? renamed_.erase(source) : std::next(source);
  }
  if (current_ && now - current_->grew_at() >= kDeletedQuiet && current_->file().is_deleted()) {
    Leave(*current_);
    current_.reset();
  }
}

void FileFollower::Leave(const Source& source) {
  lost_bytes_ += source.unread_bytes();
  past_too_long_lines_ += source.too_long_lines();
  FilePosition position = source.position();
  if (position.offset < source.file().offset()) position.skip = LineBuffer::Skip::kFragment;
  position.offset = source.file().offset();
  Remember(std::move(position));
}

void FileFollower::Remember(FilePosition position) { left_.push_back(std::move(position)); }

/// Not before looked_at_ has moved on: until then each file that was left since is one that rotation has made
/// since, and would be read again.
void FileFollower::ForgetOldest() {
  while (left_.size() > kMaxLeft) left_.pop_front();
}

void FileFollower::Finish() {
  if (current_) current_->Finish(sink_);
}

bool FileFollower::Reads(const FileId& id) const {
  return (current_ && current_->file().id() == id) ||
         std::any_of(renamed_.begin(), renamed_.end(),
                     [&](const Source& source) { return source.file().id() == id; });
}

bool FileFollower::Knows(const LogFile& file) const {
  if (Reads(file.id())) return true;
  const std::string beginning = file.ReadBeginning();
  const auto is_same = [&](const std::string& other) { return SameBeginning(other, beginning); };
  return (current_ && is_same(current_->file().fingerprint())) ||
         std::any_of(renamed_.begin(), renamed_.end(),
                     [&](const Source& source) { return is_same(source.file().fingerprint()); }) ||
         std::any_of(left_.begin(), left_.end(),
                     [&](const FilePosition& left) { return is_same(left.fingerprint); });
}

bool FileFollower::caught_up() const {
  return looked_ && (!current_ || error_ || current_->caught_up()) &&
         std::all_of(renamed_.begin(), renamed_.end(),
                     [](const Source& source) { return source.caught_up(); });
}

LogPosition FileFollower::position() const {
  LogPosition position;
  position.looked_at = looked_at_;
  position.rotations = rotations_;
  position.lost_bytes = lost_bytes_;
  position.too_long_lines = too_long_lines();
  position.left.assign(left_.begin(), left_.end());
  if (resumed_) {
    position.reading = resumed_->reading;
    position.has_current = resumed_->has_current;
    return position;
  }
  position.reading.reserve(renamed_.size() + 1);
  for (const Source& source : renamed_) position.reading.push_back(source.position());
  if (current_) position.reading.push_back(current_->position());
  position.has_current = current_ != nullptr;
  return position;
}

uint64_t FileFollower::lag_bytes() const {
  uint64_t lag = current_ ? current_->lag_bytes() : 0;
  for (const Source& source : renamed_) lag += source.lag_bytes();
  return lag;
}

uint64_t FileFollower::too_long_lines() const {
  uint64_t lines = past_too_long_lines_ + (current_ ? current_->too_long_lines() : 0);
  for (const Source& source : renamed_) lines += source.too_long_lines();
  return lines;
}

}  // namespace tocsin::tail
