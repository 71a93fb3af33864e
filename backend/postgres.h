// Visits in PostgreSQL, through libpqxx.
#pragma once

#include <memory>
#include <string>

#include "backend/pool.h"
#include "backend/stores.h"

namespace tocsin::backend {

/// `conninfo` is libpq's connection string or URL; PGPASSWORD and its like count, too. Starts to look for the
/// server and returns at once. The table is made when it is not there, so the user has to be allowed to
/// create it.
std::unique_ptr<VisitStore> ConnectPostgres(std::string conninfo, PoolOptions options,
                                            ConnectionPool::OnChange on_change, Logger log);

}  // namespace tocsin::backend
