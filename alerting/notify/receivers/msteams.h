// Microsoft Teams by Power Automate's webhooks: an adaptive card (learn.microsoft.com, "Create incoming
// webhooks").
#pragma once

#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {

class MsTeamsIntegration final : public HttpIntegration {
 public:
  MsTeamsIntegration(IntegrationId id, MsTeamsOptions options, const HttpServices& services);

  Result<HttpPlan> Plan(const Notification& notification) const override;

 private:
  MsTeamsOptions options_;
};

}  // namespace tocsin::notify
