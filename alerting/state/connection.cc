#include "alerting/state/connection.h"

namespace tocsin::state {
namespace {

constexpr int kBusyMillis = 1000;

int Bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, index, *real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_blob64(statement, index, text->data(), text->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

Value Column(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return int64_t{sqlite3_column_int64(statement, index)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, index);
    case SQLITE_NULL:
      return std::monostate{};
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, index));
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, index));
      return bytes == nullptr ? std::string() : std::string(bytes, size);
    }
  }
}

}  // namespace

Result<Connection> Connection::Open(const std::string& path) {
  sqlite3* raw = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &raw, kFlags, nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) return Fail(connection.Failure("can't open " + path));
  sqlite3_busy_timeout(raw, kBusyMillis);
  return connection;
}

Status Connection::Run(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return Fail(Failure("state"));
}

Status Connection::Run(const char* sql, const Row& parameters) {
  auto known = prepared_.find(sql);
  if (known == prepared_.end()) {
    auto statement = Prepare(sql);
    if (!statement) return Fail(statement.error());
    known = prepared_.emplace(sql, *std::move(statement)).first;
  }
  sqlite3_stmt* statement = known->second.get();
  int code = SQLITE_OK;
  for (size_t i = 0; i < parameters.size() && code == SQLITE_OK; ++i) {
    code = Bind(statement, static_cast<int>(i) + 1, parameters[i]);
  }
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  Status status;
  if (code != SQLITE_DONE && code != SQLITE_ROW) status = Fail(Failure("state"));
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return status;
}

Result<std::vector<Row>> Connection::Read(const char* sql) {
  auto statement = Prepare(sql);
  if (!statement) return Fail(statement.error());
  std::vector<Row> rows;
  int code = SQLITE_OK;
  while ((code = sqlite3_step(statement->get())) == SQLITE_ROW) {
    const int columns = sqlite3_column_count(statement->get());
    Row row;
    row.reserve(static_cast<size_t>(columns));
    for (int i = 0; i < columns; ++i) row.push_back(Column(statement->get(), i));
    rows.push_back(std::move(row));
  }
  if (code != SQLITE_DONE) return Fail(Failure("state"));
  return rows;
}

Result<Connection::Statement> Connection::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    return Fail(Failure("state"));
  }
  return Statement(statement);
}

Error Connection::Failure(std::string_view what) const {
  const int code = sqlite3_errcode(connection_.get());
  const bool busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
  const std::string words = busy ? "another process uses it" : sqlite3_errmsg(connection_.get());
  return {busy ? ErrorCode::kUnavailable : ErrorCode::kIo, std::string(what) + ": " + words};
}

}  // namespace tocsin::state
