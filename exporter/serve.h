// tocsin-exporter without a subcommand: follows and serves until it is told to stop.
#pragma once

#include "base/log.h"
#include "exporter/config/options.h"

namespace tocsin::exporter {

/// Returns at SIGTERM or SIGINT, when the checkpoint is written; SIGHUP reloads. The process' exit code.
int RunServe(const Options& options, const Logger& log);

}  // namespace tocsin::exporter
