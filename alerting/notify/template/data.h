// What notification templates see: Alertmanager's template.Data and the types below it.
#pragma once

#include <string>
#include <string_view>

#include "alerting/notify/notification.h"
#include "alerting/template/value.h"

namespace tocsin::notify {

/// The dot: Receiver, Status, Alerts (with .Firing and .Resolved), GroupLabels, CommonLabels,
/// CommonAnnotations, ExternalURL. Labels and annotations are template.KV with SortedPairs, Remove, Names and
/// Values. Beside Alertmanager's fields an Alert has ours: Value, the expression's value as text, "" when it
/// is not known, and SilenceURL, the page that makes a silence of its labels.
templating::Value MakeTemplateData(const Notification& notification, const std::string& external_url);

/// Names and values that all alerts have alike.
model::Labels CommonLabels(const Notification& notification);
model::Labels CommonAnnotations(const Notification& notification);

/// The end of a firing alert, Go's zero time: 0001-01-01T00:00:00Z.
inline constexpr Timestamp kNoEnd = Timestamp::FromMillis(-62'135'596'800'000);

/// A text as a regular expression that matches it, as Go's regexp.QuoteMeta writes it: Alertmanager gives
/// receivers' names so.
std::string QuoteMeta(std::string_view text);

/// As webhooks and APIs name an alert: its fingerprint in 16 hexadecimal digits.
std::string FingerprintText(const model::Labels& labels);

}  // namespace tocsin::notify
