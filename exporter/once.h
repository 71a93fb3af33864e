// tocsin-exporter once: the logs as they are, read to their ends.
#pragma once

#include <string>

#include "base/log.h"
#include "exporter/config/options.h"

namespace tocsin::exporter {

/// The exposition in text format; the error of the first log that can't be read. A last line without a
/// newline counts, and time is what the lines say. `log` hears which formats
/// were recognised.
Result<std::string> RunOnce(const Options& options, const Logger& log);

}  // namespace tocsin::exporter
