// The room's tables in the state database: silences, the notification log, alerts.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "alerting/notify/notification_log.h"
#include "alerting/notify/notifier.h"
#include "alerting/notify/silence/silences.h"
#include "alerting/state/database.h"
#include "base/log.h"

namespace tocsin::notify {

/// For state::Database::Open.
std::vector<state::Migration> Migrations();

// Each gives what an earlier process left, and a row that can't be read is logged and left out. The databases
// must outlive what they are given to.

NotificationLog::Keeper KeepLog(state::Database& database);
Status RestoreLog(const state::Database& database, NotificationLog& log, const Logger& logger);

Silences::Keeper KeepSilences(state::Database& database);
Status RestoreSilences(const state::Database& database, Silences& silences, const Logger& logger);

std::shared_ptr<AlertKeeper> KeepAlerts(state::Database& database);
/// To be called before the notifier's first Apply().
Status RestoreAlerts(const state::Database& database, Notifier& notifier, const Logger& logger);

}  // namespace tocsin::notify
