// SQLite's C API behind Result and ownership. Private to the room.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <sqlite3.h>

#include "alerting/state/database.h"

namespace tocsin::state {

/// One connection; one thread at a time.
class Connection {
 public:
  static Result<Connection> Open(const std::string& path);

  /// Runs statements that have no parameters and give no rows.
  Status Run(const char* sql);
  /// Runs one statement to its end; it is kept prepared, by the address of its text.
  Status Run(const char* sql, const Row& parameters);
  Result<std::vector<Row>> Read(const char* sql);

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  explicit Connection(sqlite3* connection) : connection_(connection) {}
  Result<Statement> Prepare(const char* sql);
  Error Failure(std::string_view what) const;

  std::unique_ptr<sqlite3, Close> connection_;
  std::unordered_map<const char*, Statement> prepared_;
};

}  // namespace tocsin::state
