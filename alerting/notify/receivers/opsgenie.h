// OpsGenie's Alert API: an alert for each group, closed with it (docs.opsgenie.com/docs/alert-api).
#pragma once

#include <string>

#include "alerting/notify/receivers/fields.h"
#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {

class OpsGenieIntegration final : public HttpIntegration {
 public:
  OpsGenieIntegration(IntegrationId id, OpsGenieOptions options, const HttpServices& services);

  Result<HttpPlan> Plan(const Notification& notification) const override;

 private:
  std::string CreateBody(Fields& fields, const Notification& notification, std::string& message,
                         std::string& description) const;

  OpsGenieOptions options_;
};

}  // namespace tocsin::notify
