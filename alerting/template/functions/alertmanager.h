// The functions that Alertmanager's templates have beside Go's.
#pragma once

#include "alerting/template/template.h"
#include "base/clock.h"

namespace tocsin::templating {

/// toUpper toLower title trimSpace join match safeHtml safeUrl urlUnescape reReplaceAll stringSlice date tz
/// since now humanizeDuration toJson dict list append. The clock must outlive the table.
FunctionTable AlertmanagerFunctions(const Clock& clock);

}  // namespace tocsin::templating
