// tocsin-exporter once: the logs as they are, read to their ends.
#pragma once

#include <string>

#include "exporter/config/options.h"

namespace tocsin::exporter {

/// The exposition in text format; the error of the first log that can't be read. A last line without a
/// newline counts, and time is what the lines say.
Result<std::string> RunOnce(const Options& options);

}  // namespace tocsin::exporter
