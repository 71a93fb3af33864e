// Follows one path through rotation, truncation and restarts, so that each line is handed on once.
//
// After a rename the writer goes on with the old inode until it is told to reopen: the old one is therefore
// read on beside the new one until it has been quiet for some time. Truncation is seen by the size, and where
// the file has already grown again by how it begins; the rest of what was cut off is looked for in a copy
// beside it (copytruncate). What rotation made while nobody looked, several times over perhaps, is found in
// the folder. Fragments are never handed on: a line is one when its newline is there.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "exporter/tail/generations.h"
#include "exporter/tail/log_file.h"
#include "exporter/tail/position.h"
#include "exporter/tail/source.h"

namespace tocsin::tail {

enum class StartAt : uint8_t {
  kBeginning,
  kEnd,  ///< of what is there at the first look; a file that appears later is read whole
};

/// Not thread safe; never blocks longer than reading takes. `clock` must outlive it.
class FileFollower {
 public:
  /// How long a renamed file must not have grown before it is left.
  static constexpr Duration kQuiet{10'000};
  /// The same for a deleted file that has no successor.
  static constexpr Duration kDeletedQuiet{600'000};

  FileFollower(std::string path, StartAt start, const Clock& clock, Logger log, LineSink sink);

  /// Goes on from an earlier process' position; before the first Poll().
  void Resume(LogPosition position);
  /// Files of which `is_others` says that another follower has to do with them are left to it; before the
  /// first Poll(). For globs that match what a rename gives.
  void LeaveToOthers(std::function<bool(const LogFile&)> is_others) { is_others_ = std::move(is_others); }

  /// Looks at the path and reads what is new, up to about `max_bytes`. True when there is more to read at
  /// once.
  bool Poll(size_t max_bytes);
  /// Hands on a last line that has no newline: for a file that nobody writes any more.
  void Finish();

  const std::string& path() const { return path_; }
  /// Why the file can't be read now; nothing while it is read or merely not there yet.
  const std::optional<Error>& error() const { return error_; }
  bool is_open() const { return current_ != nullptr; }
  /// Everything has been read that was there at the first look and could be.
  bool caught_up() const;
  /// It reads that file, or has read it: under this name, another one, or a copy of it.
  bool Knows(const LogFile& file) const;
  /// Agrees with the lines handed on so far.
  LogPosition position() const;

  /// Bytes written but not yet read.
  uint64_t lag_bytes() const;
  /// Renames with a new file in place, and truncations.
  uint64_t rotations() const { return rotations_; }
  /// Bytes known to have been written that were never read, and those of lines that never came to an end.
  /// What is written between the two steps of a copytruncate nobody can know.
  uint64_t lost_bytes() const { return lost_bytes_; }
  uint64_t too_long_lines() const;

 private:
  void LookAtPath();
  void OpenPath(StartAt start);
  void Rotated();
  void Truncated();
  void FindResumed();
  std::optional<LogFile> FindFile(const FilePosition& position, const std::vector<Sibling>& siblings) const;
  bool ContinueInCopy(Source& cut);
  size_t AdoptGenerations(Timestamp since);
  void NoteCopy(const Sibling& sibling);
  bool ReadOnIfLeft(LogFile& file);
  bool ReadRenamed(size_t max_bytes);
  bool ReadCurrent(size_t max_bytes);
  bool AdoptWhatCameBefore();
  Result<Source::Outcome> ReadFrom(Source& source, size_t max_bytes);
  void LeaveQuietFiles();
  void Leave(const Source& source);
  void Remember(FilePosition position);
  void ForgetOldest();
  bool Reads(const FileId& id) const;

  std::string path_;
  StartAt first_start_;
  const Clock& clock_;
  Logger log_;
  LineSink sink_;
  std::function<bool(const LogFile&)> is_others_ = [](const LogFile&) { return false; };
  std::unique_ptr<Source> current_;
  std::list<Source> renamed_;           ///< read on until they are quiet, oldest first
  std::deque<FilePosition> left_;       ///< of files that were left, should they grow after all; a few
  std::deque<FileId> copies_;           ///< passed over as such, of which the log has been told; a few
  std::optional<LogPosition> resumed_;  ///< from before, until the first look
  Timestamp looked_at_;                 ///< when the last look began that found something
  uint64_t bytes_read_ = 0;
  int64_t fresh_changed_at_ = 0;  ///< of a current file of which nothing has been read
  bool looked_ = false;
  std::optional<Error> error_;
  uint64_t rotations_ = 0;
  uint64_t lost_bytes_ = 0;
  uint64_t past_too_long_lines_ = 0;  ///< of files that were left
};

}  // namespace tocsin::tail
