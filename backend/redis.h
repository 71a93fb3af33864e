// Hits and the cache in Redis, through hiredis.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "backend/pool.h"
#include "backend/stores.h"

namespace tocsin::backend {

struct RedisAddress {
  std::string host = "127.0.0.1";
  uint16_t port = 6379;
  std::string user{};
  std::string password{};  ///< never logged
  int database = 0;
};

/// "redis://[[user]:password@]host[:port][/database]", user and password percent-encoded as in any URL.
/// kInvalidArgument otherwise; the message shows no password.
Result<RedisAddress> ParseRedisUrl(std::string_view url);

/// Starts to look for the server and returns at once.
std::unique_ptr<HitStore> ConnectRedis(RedisAddress address, PoolOptions options,
                                       ConnectionPool::OnChange on_change, Logger log);

}  // namespace tocsin::backend
