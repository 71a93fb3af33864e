// The demo backend's command line and environment.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "backend/chaos.h"
#include "backend/redis.h"
#include "backend/server.h"
#include "backend/service.h"
#include "base/error.h"

namespace tocsin::backend {

struct Options {
  Identity identity{.service = "", .pool = "blue", .release = "dev"};
  ServerOptions server;
  ChaosOptions chaos;
  std::optional<RedisAddress> redis;  ///< none: no hits and no cache
  std::string database;               ///< libpq's connection string; "": no visits
  std::string health_check;           ///< a URL: ask it and exit, instead of serving
};

/// What the process should do instead of serving: print `text` and exit with `code` (--help, a bad flag).
struct Exit {
  std::string text;
  int code = 0;
};

/// Flags win over environment variables (APP_POOL, RELEASE_ID, PORT …: system B's names, kept so that a
/// team's own .env fits), which win over defaults. Addresses with passwords are best left to the environment,
/// where no list of processes shows them.
std::variant<Options, Exit> ParseOptions(int argc, const char* const* argv);

}  // namespace tocsin::backend
