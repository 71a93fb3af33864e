// The demo backend's command line and environment.
#pragma once

#include <string>
#include <variant>

#include "backend/chaos.h"
#include "backend/server.h"
#include "backend/service.h"
#include "base/error.h"

namespace tocsin::backend {

struct Options {
  Identity identity{.service = "", .pool = "blue", .release = "dev"};
  ServerOptions server;
  ChaosOptions chaos;
};

/// What the process should do instead of serving: print `text` and exit with `code` (--help, a bad flag).
struct Exit {
  std::string text;
  int code = 0;
};

/// Flags win over environment variables (APP_POOL, RELEASE_ID, PORT …: system B's names, kept so that a
/// team's own .env fits), which win over defaults.
std::variant<Options, Exit> ParseOptions(int argc, const char* const* argv);

}  // namespace tocsin::backend
