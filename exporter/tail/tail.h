// Follows a set of log files on one strand: as soon as inotify tells of a change, and from time to time
// without.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/pool.h"
#include "base/async/strand.h"
#include "base/log.h"
#include "exporter/tail/change_watch.h"
#include "exporter/tail/file_set.h"

namespace tocsin::tail {

struct TailOptions {
  std::vector<std::string> patterns;  ///< paths and globs
  StartAt start = StartAt::kEnd;
};

/// Everything happens on `strand`: the sinks' calls, and whoever asks for files() must be there.
class Tail {
 public:
  /// How often files are looked at when nothing tells of a change: what finds rotations on file systems
  /// without inotify.
  static constexpr Duration kLookEvery{250};
  /// Changes are gathered for so long before they are read: a busy log wakes us fifty times a second, not for
  /// each line.
  static constexpr Duration kGather{20};

  Tail(async::Executor& executor, std::shared_ptr<async::Strand> strand, TailOptions options, Logger log,
       SinkFor sink_for);
  /// No sink call begins after it, when it is called on the strand or the executor has stopped.
  ~Tail();

  /// Opens the files and reads on, on the strand; with inotify when there is a pool to wait on.
  void Start(async::Pool* pool);

  const FileSet& files() const;
  /// For what has to be done before Start().
  FileSet& files();

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;
};

}  // namespace tocsin::tail
