#include "alerting/state/database.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "alerting/state/connection.h"

namespace tocsin::state {
namespace {

constexpr Duration kRetryAfter{1'000};

// Exclusive: a second process on the same file would tell everything twice, so it is refused.
constexpr const char* kPragmas =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-1024; PRAGMA journal_size_limit=4194304;";
constexpr const char* kVersions =
    "CREATE TABLE IF NOT EXISTS state_versions (room TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT "
    "ROWID";
constexpr const char* kPutVersion = "INSERT OR REPLACE INTO state_versions (room, number) VALUES (?, ?)";

Status Migrate(Connection& connection, const std::vector<Migration>& migrations) {
  if (Status made = connection.Run(kVersions); !made) return made;
  auto rows = connection.Read("SELECT CAST(room AS BLOB), number FROM state_versions");
  if (!rows) return Fail(rows.error());
  std::map<std::string, int64_t, std::less<>> versions;
  for (const Row& row : *rows) versions[std::get<std::string>(row.at(0))] = std::get<int64_t>(row.at(1));
  std::map<std::string_view, int64_t> newest;
  for (const Migration& step : migrations) {
    int64_t& latest = newest[step.room];
    latest = std::max<int64_t>(latest, step.number);
    auto version = versions.find(step.room);
    if (version != versions.end() && version->second >= step.number) continue;
    if (Status run = connection.Run(step.sql); !run) return run;
    if (Status put = connection.Run(kPutVersion, {std::string(step.room), int64_t{step.number}}); !put)
      return put;
  }
  for (const auto& [room, number] : newest) {
    auto version = versions.find(room);
    if (version == versions.end() || version->second <= number) continue;
    return Fail(ErrorCode::kUnsupported,
                fmt::format("its tables of {} are of a newer version ({}) than this program's ({})", room,
                            version->second, number));
  }
  return {};
}

}  // namespace

/// The queue and the thread that empties it.
class Database::Writer {
 public:
  Writer(Connection connection, DatabaseOptions options, Logger log)
      : connection_(std::move(connection)),
        options_(options),
        log_(std::move(log)),
        thread_([this](const std::stop_token& stop) { Work(stop); }) {}

  void Write(const char* sql, Row parameters) {
    const std::lock_guard lock(mutex_);
    changes_.push_back({sql, std::move(parameters)});
    if (changes_.size() == 1 || changes_.size() == options_.batch) wake_.notify_one();
  }

  void WhenSafe(std::function<void(Status)> done) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
    wake_.notify_one();
  }

  Result<std::vector<Row>> Read(const char* sql) {
    const std::lock_guard lock(connection_mutex_);
    return connection_.Read(sql);
  }

  DatabaseStats stats() const {
    const std::lock_guard lock(mutex_);
    DatabaseStats stats = stats_;
    stats.queued = changes_.size();
    return stats;
  }

 private:
  struct Change {
    const char* sql;
    Row parameters;
  };

  void Work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return !changes_.empty() || !waiting_.empty(); });
      // A moment for others to come along; a full batch does not wait.
      wake_.wait_for(lock, stop, options_.commit_interval,
                     [this] { return changes_.empty() || changes_.size() >= options_.batch; });
      lock.unlock();
      if (!CommitQueued()) {
        lock.lock();
        wake_.wait_for(lock, stop, kRetryAfter, [] { return false; });
      }
    }
    CommitQueued();
  }

  bool CommitQueued() {
    std::vector<Change> batch;
    std::vector<std::function<void(Status)>> waiting;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(changes_);
      waiting.swap(waiting_);
    }
    const Status committed = Commit(batch);
    {
      const std::lock_guard lock(mutex_);
      if (committed) {
        stats_.commits += batch.empty() ? 0 : 1;
        stats_.changes += batch.size();
      } else {
        stats_.commits_failed++;
        batch.insert(batch.end(), std::make_move_iterator(changes_.begin()),
                     std::make_move_iterator(changes_.end()));
        changes_.swap(batch);
      }
    }
    if (!committed) log_.Error("State not saved, will be tried again", {{"err", committed.error()}});
    for (const auto& done : waiting) done(committed);
    return committed.has_value();
  }

  Status Commit(const std::vector<Change>& batch) {
    if (batch.empty()) return {};
    const std::lock_guard lock(connection_mutex_);
    if (Status begun = connection_.Run("BEGIN"); !begun) return begun;
    Status status;
    for (const Change& change : batch) {
      status = connection_.Run(change.sql, change.parameters);
      if (!status) break;
    }
    if (status) status = connection_.Run("COMMIT");
    // A full disk may have rolled back already; then there is nothing to do, and this says so in vain.
    if (!status) (void)connection_.Run("ROLLBACK");
    return status;
  }

  std::mutex connection_mutex_;
  Connection connection_;
  const DatabaseOptions options_;
  const Logger log_;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<Change> changes_;
  std::vector<std::function<void(Status)>> waiting_;
  DatabaseStats stats_;

  std::jthread thread_;  ///< the last member: it ends before what it uses
};

Result<std::unique_ptr<Database>> Database::Open(const std::filesystem::path& path,
                                                 const std::vector<Migration>& migrations,
                                                 DatabaseOptions options, Logger log) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return Fail(ErrorCode::kIo,
                fmt::format("can't make {}: {}", path.parent_path().string(), error.message()));
  auto connection = Connection::Open(path.string());
  if (!connection) return Fail(connection.error());
  Status ready = connection->Run(kPragmas);
  if (ready) ready = connection->Run("BEGIN EXCLUSIVE");
  if (ready) ready = Migrate(*connection, migrations);
  if (ready) ready = connection->Run("COMMIT");
  if (!ready) return Fail(ready.error().WithContext(path.string()));
  return std::unique_ptr<Database>(
      new Database(std::make_unique<Writer>(*std::move(connection), options, std::move(log))));
}

Database::Database(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

Database::~Database() = default;

void Database::Write(const char* sql, Row parameters) { writer_->Write(sql, std::move(parameters)); }

void Database::WhenSafe(std::function<void(Status)> done) { writer_->WhenSafe(std::move(done)); }

Result<std::vector<Row>> Database::Read(const char* sql) const { return writer_->Read(sql); }

DatabaseStats Database::stats() const { return writer_->stats(); }

}  // namespace tocsin::state
