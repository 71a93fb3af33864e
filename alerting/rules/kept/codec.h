// How an alert's state is written into a column.
#pragma once

#include <string>
#include <string_view>

#include "alerting/rules/snapshot.h"
#include "base/error.h"

namespace tocsin::rules {

std::string EncodeAlert(const ActiveAlert& alert);
/// kInvalidArgument when the bytes are not of EncodeAlert, or of a newer one.
Result<ActiveAlert> DecodeAlert(std::string_view bytes);

}  // namespace tocsin::rules
