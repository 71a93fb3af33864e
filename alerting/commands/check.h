// `tocsin check config|rules|notify`: the same readers as `serve`, and their faults on standard error.
#pragma once

#include "alerting/commands/command_line.h"

namespace tocsin::app {

/// Checks every file; 0 when all are right, 1 when one is not; 3 when lint found something and that is to
/// count.
int Check(const CommandLine& line);

}  // namespace tocsin::app
