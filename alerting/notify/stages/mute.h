// What the stages that mute have in common.
#pragma once

#include <functional>

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

/// Takes out the alerts that `is_muted` names, but not the end of one that the receiver waits for. Ends the
/// passage when none is left.
Onward Mute(Passage& passage, const std::function<bool(const model::Alert&)>& is_muted);

}  // namespace tocsin::notify
