// Follows one path through rotation and truncation, so that each line is handed on once.
//
// After a rename the writer goes on with the old inode until it is told to reopen: the old one is therefore
// read on beside the new one until it has been quiet for some time. Truncation is seen by the size, and where
// the file has already grown again by how it begins. Fragments are never handed on: a line is one when its
// newline is there.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "exporter/tail/line_buffer.h"
#include "exporter/tail/log_file.h"

namespace tocsin::tail {

enum class StartAt : uint8_t {
  kBeginning,
  kEnd,  ///< of what is there at the first look; a file that appears later is read whole
};

/// Not thread safe; never blocks longer than reading takes. `clock` must outlive it.
class FileFollower {
 public:
  /// Whole lines in order, without newlines; views into the read buffer, valid during the call.
  using Sink = std::function<void(std::span<const std::string_view> lines)>;
  /// How long a renamed file must not have grown before it is left.
  static constexpr Duration kQuiet{10'000};

  FileFollower(std::string path, StartAt start, const Clock& clock, Logger log, Sink sink);

  /// Looks at the path and reads what is new, up to about `max_bytes`. True when there is more to read at
  /// once.
  bool Poll(size_t max_bytes);
  /// Hands on a last line that has no newline: for a file that nobody writes any more.
  void Finish();

  const std::string& path() const { return path_; }
  /// Why the file can't be read now; nothing while it is read or merely not there yet.
  const std::optional<Error>& error() const { return error_; }
  bool is_open() const { return current_ != nullptr; }
  /// Bytes written but not yet read.
  uint64_t lag_bytes() const;
  /// Renames with a new file in place, and truncations.
  uint64_t rotations() const { return rotations_; }
  /// Bytes of fragments whose line never came to an end. What was truncated away unread can't be known.
  uint64_t lost_bytes() const { return lost_bytes_; }
  uint64_t too_long_lines() const;

 private:
  struct Source {
    explicit Source(LogFile opened) : file(std::move(opened)) {}
    LogFile file;
    LineBuffer lines;
    Timestamp grew_at;
  };

  void LookAtPath();
  void OpenPath(StartAt start);
  void BeginAgain();
  void LeaveQuietFiles();
  void Retire(const Source& source);
  bool ReadFrom(Source& source, size_t max_bytes);

  std::string path_;
  StartAt first_start_;
  const Clock& clock_;
  Logger log_;
  Sink sink_;
  std::unique_ptr<Source> current_;
  std::list<Source> renamed_;  ///< read on until they are quiet, oldest first
  bool looked_ = false;
  std::optional<Error> error_;
  uint64_t rotations_ = 0;
  uint64_t lost_bytes_ = 0;
  uint64_t retired_too_long_lines_ = 0;
  std::vector<std::string_view> batch_;
};

}  // namespace tocsin::tail
