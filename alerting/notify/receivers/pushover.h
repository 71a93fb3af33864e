// Pushover's messages (pushover.net/api).
#pragma once

#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {

class PushoverIntegration final : public HttpIntegration {
 public:
  PushoverIntegration(IntegrationId id, PushoverOptions options, const HttpServices& services);

  Result<HttpPlan> Plan(const Notification& notification) const override;

 private:
  PushoverOptions options_;
};

}  // namespace tocsin::notify
