// Notifications for the tests of what messages look like.
#pragma once

#include "alerting/notify/notification.h"

namespace tocsin::notify::testing {

inline const Timestamp kSampleStart = Timestamp::FromMillis(1'763'671'200'000);  // 2025-11-20 20:40:00 UTC

inline model::AlertPtr SampleAlert(model::Labels labels, model::Labels annotations, Duration lasts,
                                   double value) {
  model::Alert alert;
  alert.labels = std::move(labels);
  alert.annotations = std::move(annotations);
  alert.starts_at = kSampleStart;
  alert.ends_at = kSampleStart + lasts;
  alert.updated_at = kSampleStart;
  alert.generator_url = "http://tocsin.example/graph?g0.expr=up%3D%3D0";
  alert.value = value;
  return std::make_shared<const model::Alert>(std::move(alert));
}

/// Blue fails, green is over it; told a minute after both began.
inline Notification SampleNotification() {
  Notification notification;
  notification.id = "0123456789abcdef0123456789abcdef";
  notification.reason = "first notification";
  notification.group_key = "{}:{alertname=\"HighErrorRate\"}";
  notification.receiver = "web.hook";
  notification.group_labels = {{"alertname", "HighErrorRate"}};
  notification.now = kSampleStart + Duration(60'000);
  notification.alerts = {
      SampleAlert(
          {{"alertname", "HighErrorRate"}, {"job", "exporter"}, {"pool", "blue"}, {"severity", "critical"}},
          {{"summary", "5.25% of the last requests failed"},
           {"description", "The threshold is 2%."},
           {"runbook_url", "https://wiki.example/runbook"}},
          Duration(3'600'000), 0.0525),
      SampleAlert(
          {{"alertname", "HighErrorRate"}, {"job", "exporter"}, {"pool", "green"}, {"severity", "warning"}},
          {{"summary", "0.5% of the last requests failed"}}, Duration(30'000),
          std::numeric_limits<double>::quiet_NaN()),
  };
  return notification;
}

/// One alert whose texts try to break out of every format.
inline Notification HostileNotification() {
  Notification notification = SampleNotification();
  notification.alerts = {SampleAlert({{"alertname", "Odd\r\nBcc: victim@example.org"},
                                      {"path", "<!channel> <https://evil.example|click> \"'`&"},
                                      {"name", "<script>alert(1)</script>"}},
                                     {{"summary", "S\xC3\xBC\xC3\x9F & <b>bold</b>\r\n.\r\nQUIT"},
                                      {"runbook_url", "https://wiki.example/run?a=1&b=2"},
                                      {"dashboard_url", "javascript:alert(1)"}},
                                     Duration(3'600'000), 1)};
  return notification;
}

}  // namespace tocsin::notify::testing
