// What must survive the process, in one SQLite file: silences, the notification log, alerts.
//
// One thread writes. What rooms have to say is queued and committed in batches, so that a storm of changes
// costs few commits and nobody waits for the disk; who must know that something is safe asks to be told. The
// file is in WAL mode, where a commit survives the death of the process at once, and a power failure but for
// the last moments.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"

namespace tocsin::state {

/// A column of a row, or a parameter of a statement.
using Value = std::variant<std::monostate, int64_t, double, std::string>;
using Row = std::vector<Value>;

/// One step of a room's tables, from nothing to what the room expects. Steps are numbered from 1 and never
/// changed once they were released; those that a file lacks are made when it is opened.
struct Migration {
  std::string_view room;
  int number = 0;
  const char* sql = nullptr;
};

struct DatabaseOptions {
  /// Changes wait this long at most for others to be committed with. What a kill can undo is what was queued
  /// within it.
  Duration commit_interval{20};
  /// A batch that has grown to this many changes is not waited for.
  size_t batch = 256;
};

struct DatabaseStats {
  uint64_t commits = 0;
  uint64_t commits_failed = 0;
  uint64_t changes = 0;
  uint64_t queued = 0;
};

/// Thread safe.
class Database {
 public:
  /// Opens or makes the file, and brings its tables up to date. kUnavailable: another process has it; kIo:
  /// it can't be read or made; kUnsupported: a newer version wrote it.
  static Result<std::unique_ptr<Database>> Open(const std::filesystem::path& path,
                                                const std::vector<Migration>& migrations,
                                                DatabaseOptions options, Logger log);
  /// Commits what is queued, once; then lets it go.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Queues a change: a statement with its parameters. `sql` must live as long as the database. A batch that
  /// fails is tried again with the next, so nothing is lost while the disk is full, and memory holds it.
  void Write(const char* sql, Row parameters);
  /// Calls `done` on the writing thread when all that was queued before is committed, or with the error when
  /// that failed for now.
  void WhenSafe(std::function<void(Status)> done);

  /// All rows of a query; for the start, before anything is written.
  Result<std::vector<Row>> Read(const char* sql) const;

  DatabaseStats stats() const;

 private:
  class Writer;
  explicit Database(std::unique_ptr<Writer> writer);
  std::unique_ptr<Writer> writer_;
};

}  // namespace tocsin::state
