// What every Prometheus client tells of its own process, by the customary names.
#pragma once

#include "base/exposition/writer.h"

namespace tocsin::exposition {

/// process_cpu_seconds_total, process_open_fds, process_resident_memory_bytes and process_start_time_seconds,
/// read out of /proc now; a family whose source can't be read is left out.
void WriteProcessMetrics(Writer& writer);

}  // namespace tocsin::exposition
