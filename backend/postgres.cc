#include "backend/postgres.h"

#include <cstdlib>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <pqxx/connection>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <pqxx/transaction>

namespace tocsin::backend {
namespace {

// Two processes that make the table at once would meet in the catalogue; the lock is this program's alone.
constexpr const char* kSchema =
    "SELECT pg_advisory_xact_lock(7632746);"
    "CREATE TABLE IF NOT EXISTS visits ("
    "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    "  at timestamptz NOT NULL DEFAULT now(),"
    "  pool text NOT NULL,"
    "  release text NOT NULL)";

// libpq's messages name host and user, and never the password.
Error ToError(const std::exception& e) {
  std::string message = e.what();
  while (!message.empty() && message.back() == '\n') message.pop_back();
  const bool refused = dynamic_cast<const pqxx::sql_error*>(&e) != nullptr;
  return {refused ? ErrorCode::kInvalidArgument : ErrorCode::kUnavailable, std::move(message)};
}

// Else libpqxx 6 would make a connection that broke anew, inside a request. Its successor has no such habit,
// so the switch for it is deprecated already.
void KeepBroken(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

class PostgresConnection final : public Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const std::string& conninfo, Duration timeout) {
    try {
      auto opened = std::make_unique<PostgresConnection>(conninfo);
      pqxx::connection& connection = opened->connection_;
      KeepBroken(connection);
      {
        pqxx::nontransaction settings(connection);
        settings.exec(fmt::format("SET statement_timeout = {}", timeout.count()));
        settings.exec("SET client_min_messages = warning");  // "already exists, skipping", each time
      }
      pqxx::work schema(connection);
      schema.exec(kSchema);
      schema.commit();
      return opened;
    } catch (const std::exception& e) {
      return Fail(ToError(e));
    }
  }

  explicit PostgresConnection(const std::string& conninfo) : connection_(conninfo) {}

  Status Ping() override {
    try {
      pqxx::nontransaction(connection_).exec("SELECT 1");
      return {};
    } catch (const std::exception& e) {
      return Fail(ToError(e));
    }
  }

  int descriptor() const override { return connection_.sock(); }

  pqxx::connection& connection() { return connection_; }

 private:
  pqxx::connection connection_;
};

class PostgresStore final : public VisitStore {
 public:
  PostgresStore(std::string conninfo, PoolOptions options, ConnectionPool::OnChange on_change, Logger log)
      : pool_(
            "postgres", options,
            [conninfo = std::move(conninfo), timeout = options.deadline] {
              return PostgresConnection::Open(conninfo, timeout);
            },
            std::move(on_change), std::move(log)) {}

  Result<int64_t> Record(std::string_view pool, std::string_view release) override {
    return Ask([&](pqxx::connection& connection) {
      pqxx::work work(connection);
      const auto row = work.exec_params1("INSERT INTO visits (pool, release) VALUES ($1, $2) RETURNING id",
                                         std::string(pool), std::string(release));
      work.commit();
      return row[0].as<int64_t>();
    });
  }

  Result<Visits> Latest(int limit) override {
    return Ask([&](pqxx::connection& connection) {
      pqxx::read_transaction work(connection);
      Visits visits;
      visits.total = work.exec1("SELECT count(*) FROM visits")[0].as<int64_t>();
      for (const auto& row : work.exec_params(
               "SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), pool, release "
               "FROM visits ORDER BY id DESC LIMIT $1",
               limit)) {
        visits.latest.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str()});
      }
      return visits;
    });
  }

  bool away() const override { return pool_.away(); }

 private:
  template <typename Question>
  auto Ask(const Question& question) -> Result<decltype(question(std::declval<pqxx::connection&>()))> {
    auto lease = pool_.Take();
    if (!lease) return Fail(lease.error());
    pqxx::connection& connection = static_cast<PostgresConnection&>(**lease).connection();
    try {
      return question(connection);
    } catch (const std::exception& e) {
      Error error = ToError(e);
      // A server that ends says so by an SQL error, and closes the connection.
      if (error.code() == ErrorCode::kUnavailable || !connection.is_open()) lease->Broke();
      return Fail(std::move(error));
    }
  }

  ConnectionPool pool_;
};

}  // namespace

std::unique_ptr<VisitStore> ConnectPostgres(std::string conninfo, PoolOptions options,
                                            ConnectionPool::OnChange on_change, Logger log) {
  // libpq's least; it would wait for a silent host for minutes. The user's own setting wins.
  setenv("PGCONNECT_TIMEOUT", "2", 0);  // NOLINT(concurrency-mt-unsafe): called before there are threads
  return std::make_unique<PostgresStore>(std::move(conninfo), options, std::move(on_change), std::move(log));
}

}  // namespace tocsin::backend
