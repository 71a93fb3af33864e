#include "alerting/notify/kept/tables.h"

#include <string>
#include <utility>

#include "alerting/notify/kept/codec.h"

namespace tocsin::notify {
namespace {

using state::Row;

constexpr const char* kTables = R"sql(
CREATE TABLE notify_silences (id BLOB PRIMARY KEY, silence BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE notify_log (
  group_key BLOB NOT NULL, receiver BLOB NOT NULL, type BLOB NOT NULL, number INTEGER NOT NULL,
  entry BLOB NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (group_key, receiver, type, number)) WITHOUT ROWID;
CREATE TABLE notify_alerts (
  labels BLOB PRIMARY KEY, annotations BLOB NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, timeout INTEGER NOT NULL, generator_url BLOB NOT NULL, value REAL) WITHOUT ROWID;
CREATE TABLE notify_alive (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
)sql";

constexpr const char* kEndReasons =
    "ALTER TABLE notify_alerts ADD COLUMN end_reason INTEGER NOT NULL DEFAULT 0";

constexpr const char* kPutSilence = "INSERT OR REPLACE INTO notify_silences VALUES (?, ?)";
constexpr const char* kDropSilence = "DELETE FROM notify_silences WHERE id = ?";
constexpr const char* kPutEntry = "INSERT OR REPLACE INTO notify_log VALUES (?, ?, ?, ?, ?, ?)";
constexpr const char* kDropEntry =
    "DELETE FROM notify_log WHERE group_key = ? AND receiver = ? AND type = ? AND number = ?";
constexpr const char* kPutAlert = "INSERT OR REPLACE INTO notify_alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kDropAlert = "DELETE FROM notify_alerts WHERE labels = ?";
constexpr const char* kBeat = "INSERT OR REPLACE INTO notify_alive VALUES (1, ?)";

/// A column of a type that the table does not promise comes out empty: what is made of it is then refused.
std::string Text(const Row& row, size_t index) {
  const auto* text = std::get_if<std::string>(&row.at(index));
  return text == nullptr ? std::string() : *text;
}

int64_t Number(const Row& row, size_t index) {
  const auto* number = std::get_if<int64_t>(&row.at(index));
  return number == nullptr ? 0 : *number;
}

Timestamp Time(const Row& row, size_t index) { return Timestamp::FromMillis(Number(row, index)); }

/// The columns of a row; made in their place, where a list of them would be copied.
template <typename... Columns>
Row MakeRow(Columns&&... columns) {
  Row row;
  row.reserve(sizeof...(columns));
  (row.emplace_back(std::forward<Columns>(columns)), ...);
  return row;
}

class KeptAlerts final : public AlertKeeper {
 public:
  explicit KeptAlerts(state::Database& database) : database_(database) {}

  void Keep(const model::Alert& alert) override {
    database_.Write(
        kPutAlert,
        MakeRow(EncodeLabels(alert.labels), EncodeLabels(alert.annotations), alert.starts_at.millis(),
                alert.ends_at.millis(), alert.updated_at.millis(), int64_t{alert.timeout ? 1 : 0},
                alert.generator_url, alert.value, static_cast<int64_t>(alert.end_reason)));
  }
  void Forget(const model::Labels& labels) override { database_.Write(kDropAlert, {EncodeLabels(labels)}); }
  void Beat(Timestamp now) override { database_.Write(kBeat, {now.millis()}); }
  void WhenSafe(std::function<void(Status)> done) override { database_.WhenSafe(std::move(done)); }

 private:
  state::Database& database_;
};

Result<model::Alert> AlertOf(const Row& row) {
  auto labels = DecodeLabels(Text(row, 0));
  if (!labels) return Fail(labels.error());
  auto annotations = DecodeLabels(Text(row, 1));
  if (!annotations) return Fail(annotations.error());
  model::Alert alert;
  alert.labels = *std::move(labels);
  alert.annotations = *std::move(annotations);
  alert.starts_at = Time(row, 2);
  alert.ends_at = Time(row, 3);
  alert.updated_at = Time(row, 4);
  alert.timeout = Number(row, 5) != 0;
  alert.generator_url = Text(row, 6);
  // SQLite keeps no NaN: it is NULL there, and NaN is what an alert has by default.
  if (const auto* value = std::get_if<double>(&row.at(7))) alert.value = *value;
  if (const int64_t reason = Number(row, 8); reason > 0 && reason <= int64_t{2}) {
    alert.end_reason = static_cast<model::EndReason>(reason);
  }
  return alert;
}

}  // namespace

std::vector<state::Migration> Migrations() { return {{"notify", 1, kTables}, {"notify", 2, kEndReasons}}; }

NotificationLog::Keeper KeepLog(state::Database& database) {
  return [&database](const LogKey& key, const std::string* entry, Timestamp expires_at) {
    const IntegrationId& to = key.integration;
    const auto index = static_cast<int64_t>(to.index);
    if (entry == nullptr) {
      return database.Write(kDropEntry, MakeRow(key.group_key.text(), to.receiver, to.type, index));
    }
    database.Write(kPutEntry,
                   MakeRow(key.group_key.text(), to.receiver, to.type, index, *entry, expires_at.millis()));
  };
}

Status RestoreLog(const state::Database& database, NotificationLog& log, const Logger& logger) {
  auto rows = database.Read("SELECT group_key, receiver, type, number, entry, expires_at FROM notify_log");
  if (!rows) return Fail(rows.error());
  for (const Row& row : *rows) {
    const LogKey key{Text(row, 0), {Text(row, 1), Text(row, 2), static_cast<size_t>(Number(row, 3))}};
    if (auto entry = DecodeLogEntry(Text(row, 4))) {
      log.Restore(key, *entry, Time(row, 5));
    } else {
      logger.Warn("Left out an entry of the notification log",
                  {{"group", key.group_key.text()}, {"err", entry.error()}});
    }
  }
  return {};
}

Silences::Keeper KeepSilences(state::Database& database) {
  return [&database](const std::string& id, const SilencePtr& silence) {
    if (silence == nullptr) return database.Write(kDropSilence, {id});
    database.Write(kPutSilence, {id, EncodeSilence(*silence)});
  };
}

Status RestoreSilences(const state::Database& database, Silences& silences, const Logger& logger) {
  auto rows = database.Read("SELECT id, silence FROM notify_silences");
  if (!rows) return Fail(rows.error());
  for (const Row& row : *rows) {
    if (auto silence = DecodeSilence(Text(row, 1))) {
      silences.Restore(*std::move(silence));
    } else {
      logger.Warn("Left out a silence", {{"id", Text(row, 0)}, {"err", silence.error()}});
    }
  }
  return {};
}

std::shared_ptr<AlertKeeper> KeepAlerts(state::Database& database) {
  return std::make_shared<KeptAlerts>(database);
}

Status RestoreAlerts(const state::Database& database, Notifier& notifier, const Logger& logger) {
  auto alive = database.Read("SELECT at FROM notify_alive");
  if (!alive) return Fail(alive.error());
  auto rows = database.Read(
      "SELECT labels, annotations, starts_at, ends_at, updated_at, timeout, generator_url, value, "
      "end_reason FROM "
      "notify_alerts");
  if (!rows) return Fail(rows.error());
  std::vector<model::Alert> alerts;
  alerts.reserve(rows->size());
  for (const Row& row : *rows) {
    if (auto alert = AlertOf(row)) {
      alerts.push_back(*std::move(alert));
    } else {
      logger.Warn("Left out an alert", {{"err", alert.error()}});
    }
  }
  notifier.Restore(std::move(alerts), alive->empty() ? Timestamp() : Time(alive->front(), 0));
  return {};
}

}  // namespace tocsin::notify
