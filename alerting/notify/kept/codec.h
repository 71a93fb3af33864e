// How label sets and entries of the notification log are written into columns: see alerting/state/bytes.h.
#pragma once

#include <string>
#include <string_view>

#include "alerting/model/labels.h"
#include "alerting/notify/notification_log.h"
#include "base/error.h"

namespace tocsin::notify {

std::string EncodeLabels(const model::Labels& labels);
/// kInvalidArgument when the bytes are not of EncodeLabels.
Result<model::Labels> DecodeLabels(std::string_view bytes);

std::string EncodeLogEntry(const LogEntry& entry);
Result<LogEntry> DecodeLogEntry(std::string_view bytes);

}  // namespace tocsin::notify
