// How far a log has been read, in a form that survives the process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/tail/line_buffer.h"
#include "exporter/tail/log_file.h"

namespace tocsin::tail {

/// Of one file, whatever its name was. Devices are numbered anew by reboots and containers: an inode and a
/// beginning tell a file.
struct FilePosition {
  ino_t inode = 0;
  std::string fingerprint;
  uint64_t offset = 0;     ///< of the beginning of the first line that was not handed on
  uint64_t seen_size = 0;  ///< what was known to be in the file
  LineBuffer::Skip skip = LineBuffer::Skip::kNothing;
  uint64_t skipped_bytes = 0;
};

/// Of one path, with the counters that belong to it.
struct LogPosition {
  Timestamp looked_at;  ///< when the path was last looked at: what rotation made since is news
  uint64_t rotations = 0;
  uint64_t lost_bytes = 0;
  uint64_t too_long_lines = 0;
  std::vector<FilePosition> reading;  ///< oldest first
  bool has_current = false;           ///< the last one of `reading` was at the path
  std::vector<FilePosition> left;     ///< read to their ends and closed

  void Save(checkpoint::Writer& out) const;
  /// kInvalidArgument for bytes that Save() did not write.
  static Result<LogPosition> Restore(checkpoint::Reader& in);
};

}  // namespace tocsin::tail
