// One file of a log while it is being read: its bytes become lines here.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/clock.h"
#include "exporter/lines/line.h"
#include "exporter/tail/line_buffer.h"
#include "exporter/tail/log_file.h"
#include "exporter/tail/position.h"

namespace tocsin::tail {

/// Takes whole lines in order, without newlines; views that are valid during the call.
using LineSink = std::function<void(std::span<const lines::Line> lines)>;

/// Not thread safe.
class Source {
 public:
  enum class Outcome : uint8_t {
    kMore,       ///< there is more to read at once
    kEnd,        ///< read to its end, as it is now
    kTruncated,  ///< no longer the file that it was; what has been read of it is all that there will be
  };

  /// `now` is when it is taken to have grown last.
  Source(LogFile file, Timestamp now) : file_(std::move(file)), grew_at_(now) {}
  /// Goes on where `position` says, which has been found to be in `file`.
  Source(LogFile file, FilePosition position, Timestamp now);
  /// Goes on in a copy of the file that `original` was reading, at the same place of the same line.
  Source(LogFile copy, Source original);

  /// Starts at the file's end; a line that is half there is left out.
  void JoinAtEnd();
  /// What is in the file now has to be read before it counts as caught up.
  void SetGoal() { goal_ = file_.size(); }

  /// Reads up to about `max_bytes`. kIo when the system can't read.
  Result<Outcome> Read(size_t max_bytes, const Clock& clock, const LineSink& sink);
  /// Hands on a last line that has no newline.
  void Finish(const LineSink& sink);

  const LogFile& file() const { return file_; }
  FilePosition position() const;
  Timestamp grew_at() const { return grew_at_; }
  bool caught_up() const { return file_.offset() >= goal_; }
  uint64_t lag_bytes() const;
  /// What would be lost by leaving the file now and for good: a line without an end, and what is known to
  /// have been there but was not read.
  uint64_t unread_bytes() const;
  uint64_t too_long_lines() const { return lines_.too_long_lines(); }
  void Touch(Timestamp now) { grew_at_ = now; }

 private:
  LogFile file_;
  LineBuffer lines_;
  Timestamp grew_at_;
  uint64_t goal_ = 0;
};

}  // namespace tocsin::tail
