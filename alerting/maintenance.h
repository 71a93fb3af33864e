// Maintenance is a silence with an author of its own, over every alert unless matchers say otherwise: the
// API, amtool and a restart know it as they know any other. `tocsin maintenance` makes and ends them; the
// environment's MAINTENANCE_MODE stands for one that lasts as long as it is set.
#pragma once

#include "alerting/notify/silence/silences.h"
#include "base/clock.h"
#include "base/error.h"

namespace tocsin::app {

/// Who makes the silences of maintenance, and by whom they are found again.
inline constexpr const char* kMaintenanceAuthor = "tocsin maintenance";
/// Takes every alert there is.
inline constexpr const char* kEveryAlert = R"(alertname=~".+")";

/// At the start: makes the silence that MAINTENANCE_MODE stands for, unless an earlier process left it; or
/// ends what it left. Maintenance that somebody began by command stays.
Status ApplyMaintenanceMode(notify::Silences& silences, bool on, const Clock& clock);

}  // namespace tocsin::app
