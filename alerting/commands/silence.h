// `tocsin silence …`, `tocsin alerts`, `tocsin maintenance …`: what a running server is asked for.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace tocsin::app {

struct SilenceCommand {
  std::string url = "http://127.0.0.1:9093";
  std::vector<std::string> matchers;  ///< `name=value` and the like; of `expire` ids
  Duration lasts{3'600'000};
  std::string author;  ///< "": $USER
  std::string comment;
  bool expired = false;  ///< `query` lists these too
  std::string file;      ///< of `import`; "-" is standard input
};

// Each prints what it did or found; the result is the exit code, 1 after an error, which is printed.

int AddSilence(const SilenceCommand& command);
int QuerySilences(const SilenceCommand& command);
int ExpireSilences(const SilenceCommand& command);
int ImportSilences(const SilenceCommand& command);
int ListAlerts(const SilenceCommand& command);

/// Maintenance is a silence of an author of its own, over everything unless matchers say otherwise.
int MaintenanceOn(const SilenceCommand& command);
int MaintenanceOff(const SilenceCommand& command);
int MaintenanceStatus(const SilenceCommand& command);

}  // namespace tocsin::app
