// `tocsin serve`: the daemon.
#pragma once

#include "alerting/commands/command_line.h"

namespace tocsin::app {

/// Runs until SIGTERM or SIGINT. Returns the exit code: 1 when it could not start.
int Serve(const CommandLine& line);

}  // namespace tocsin::app
