// The logs that some paths and globs name, each followed by itself. A file that a glob begins to match is
// read whole; one that is gone keeps its follower, so that what was counted of it stays.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/tail/file_follower.h"

namespace tocsin::tail {

/// Called once for each path, when it is met first.
using SinkFor = std::function<LineSink(const std::string& path)>;

/// What a source of lines has to tell beside them.
struct SourceFigures {
  uint64_t lag_bytes = 0;
  uint64_t lost_bytes = 0;
  uint64_t rotations = 0;
  uint64_t too_long_lines = 0;
};
/// By path, or by whatever else the source is called.
using FiguresByName = std::map<std::string, SourceFigures, std::less<>>;

/// Not thread safe. `clock` must outlive it.
class FileSet {
 public:
  /// `patterns` are paths and glob(7) patterns; `start` is for what is there at the first look.
  FileSet(std::vector<std::string> patterns, StartAt start, const Clock& clock, Logger log, SinkFor sink_for);

  /// Looks for files that globs match now and did not before.
  void Expand();
  /// Reads what is new, of each file up to about `max_bytes`. True when there is more to read at once.
  bool Poll(size_t max_bytes);

  /// What was there at the first look has been read.
  bool caught_up() const;
  void Save(checkpoint::Writer& out) const;
  /// Before the first Expand() and Poll(). Files that are not asked for any more are passed over; when the
  /// bytes are not what Save() wrote, nothing is taken from them and the error says why.
  Status Restore(checkpoint::Reader& in);

  /// Only ever grows.
  const std::vector<std::unique_ptr<FileFollower>>& followers() const { return followers_; }
  void AddFigures(FiguresByName& figures) const;

 private:
  void ExpandGlob(const std::string& pattern);
  FileFollower* Find(const std::string& path) const;
  FileFollower& Add(const std::string& path, StartAt start);
  bool IsAnothers(const FileFollower* asking, const LogFile& file) const;
  bool Asks(const std::string& path) const;

  std::vector<std::string> globs_;
  std::vector<std::string> known_globs_;  ///< looked for before: what they match newly is new
  StartAt start_;
  const Clock& clock_;
  Logger log_;
  SinkFor sink_for_;
  std::vector<std::unique_ptr<FileFollower>> followers_;
};

/// It has wildcards, and there is no file of that very name.
bool IsGlob(const std::string& pattern);

}  // namespace tocsin::tail
