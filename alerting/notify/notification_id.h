// The name of one message, by which a receiver that gets it twice can tell.
#pragma once

#include <optional>
#include <string>

#include "alerting/notify/notification.h"

namespace tocsin::notify {

/// 32 hexadecimal digits made of all that tells one message from another: the group, the integration, the
/// message before it, and the alerts with their beginnings and whether they are over. So a retry, and a
/// process that does not know whether its predecessor got through, send the same; no other message does.
std::string NotificationId(const Notification& notification, const IntegrationId& integration,
                           std::optional<Timestamp> told_before);

}  // namespace tocsin::notify
