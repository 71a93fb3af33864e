// Alertmanager's webhook: the notification as JSON, body version "4", or a body that the user wrote.
#pragma once

#include <string>

#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {

class WebhookIntegration final : public HttpIntegration {
 public:
  WebhookIntegration(IntegrationId id, WebhookOptions options, std::string external_url,
                     const HttpServices& services);

  Result<HttpPlan> Plan(const Notification& notification) const override;

 private:
  std::string MakeBody(const Notification& notification) const;

  WebhookOptions options_;
  std::string external_url_;
};

}  // namespace tocsin::notify
