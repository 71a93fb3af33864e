// The room's tables in the state database: the alerts of each rule.
#pragma once

#include <memory>
#include <vector>

#include "alerting/rules/state_keeper.h"
#include "alerting/state/database.h"
#include "base/log.h"

namespace tocsin::rules {

/// For state::Database::Open.
std::vector<state::Migration> Migrations();

/// The database must outlive it.
std::unique_ptr<StateKeeper> KeepStates(state::Database& database);

/// What an earlier process left; a row that can't be read is logged and left out.
Result<KeptStates> ReadStates(const state::Database& database, const Logger& logger);

}  // namespace tocsin::rules
