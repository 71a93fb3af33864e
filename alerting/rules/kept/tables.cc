#include "alerting/rules/kept/tables.h"

#include <atomic>
#include <string>
#include <utility>

#include "alerting/rules/kept/codec.h"
#include "alerting/state/bytes.h"

namespace tocsin::rules {
namespace {

using state::Row;

constexpr const char* kTables = R"sql(
CREATE TABLE rules_alerts (
  file BLOB NOT NULL, rule_group BLOB NOT NULL, rule BLOB NOT NULL, rule_labels BLOB NOT NULL, number INTEGER NOT NULL,
  labels BLOB NOT NULL, alert BLOB NOT NULL,
  PRIMARY KEY (file, rule_group, rule, rule_labels, number, labels)) WITHOUT ROWID;
CREATE TABLE rules_alive (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
)sql";

constexpr const char* kPutAlert = "INSERT OR REPLACE INTO rules_alerts VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kDropAlert =
    "DELETE FROM rules_alerts WHERE file = ? AND rule_group = ? AND rule = ? AND rule_labels = ? AND number "
    "= ? "
    "AND labels = ?";
constexpr const char* kBeat = "INSERT OR REPLACE INTO rules_alive VALUES (1, ?)";
constexpr Duration kBeatEvery{5'000};

std::string Encoded(const model::Labels& labels) {
  state::Encoder out;
  out.Set(labels);
  return out.Take();
}

/// A column of a type that the table does not promise comes out empty: what is made of it is then refused.
std::string TextAt(const Row& row, size_t index) {
  const auto* text = std::get_if<std::string>(&row.at(index));
  return text == nullptr ? std::string() : *text;
}

int64_t NumberAt(const Row& row, size_t index) {
  const auto* number = std::get_if<int64_t>(&row.at(index));
  return number == nullptr ? 0 : *number;
}

class KeptInTables final : public StateKeeper {
 public:
  explicit KeptInTables(state::Database& database) : database_(database) {}

  void Keep(const RuleKey& rule, const ActiveAlert& alert) override {
    Row row = Columns(rule, alert.labels);
    row.emplace_back(EncodeAlert(alert));
    database_.Write(kPutAlert, std::move(row));
  }
  void Forget(const RuleKey& rule, const model::Labels& alert) override {
    database_.Write(kDropAlert, Columns(rule, alert));
  }
  /// Groups beat at each evaluation; the file hears of it now and then.
  void Beat(Timestamp now) override {
    int64_t last = last_beat_.load();
    if (now.millis() - last < kBeatEvery.count()) return;
    if (last_beat_.compare_exchange_strong(last, now.millis())) database_.Write(kBeat, {now.millis()});
  }

 private:
  static Row Columns(const RuleKey& rule, const model::Labels& alert) {
    return {rule.file, rule.group, rule.name, Encoded(rule.labels), int64_t(rule.number), Encoded(alert)};
  }

  state::Database& database_;
  std::atomic<int64_t> last_beat_{0};
};

}  // namespace

std::vector<state::Migration> Migrations() { return {{"rules", 1, kTables}}; }

std::unique_ptr<StateKeeper> KeepStates(state::Database& database) {
  return std::make_unique<KeptInTables>(database);
}

Result<KeptStates> ReadStates(const state::Database& database, const Logger& logger) {
  KeptStates kept;
  const auto alive = database.Read("SELECT at FROM rules_alive");
  if (!alive) return Fail(alive.error());
  if (!alive->empty()) kept.down_since = Timestamp::FromMillis(NumberAt(alive->front(), 0));
  const auto rows =
      database.Read("SELECT file, rule_group, rule, rule_labels, number, alert FROM rules_alerts");
  if (!rows) return Fail(rows.error());
  for (const Row& row : *rows) {
    RuleKey key{TextAt(row, 0), TextAt(row, 1), TextAt(row, 2), {}, static_cast<size_t>(NumberAt(row, 4))};
    const std::string labels = TextAt(row, 3);
    state::Decoder in(labels);
    key.labels = in.Set();
    auto alert = DecodeAlert(TextAt(row, 5));
    if (const Status good = in.Finish(); good && alert) {
      kept.alerts[std::move(key)].push_back(*std::move(alert));
    } else {
      logger.Warn("Left out the state of an alert",
                  {{"rule", key.name}, {"err", alert ? good.error() : alert.error()}});
    }
  }
  return kept;
}

}  // namespace tocsin::rules
