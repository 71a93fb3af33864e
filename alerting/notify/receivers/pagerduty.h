// PagerDuty's Events API, version 2 or 1: an incident for each group, resolved with it.
#pragma once

#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/fields.h"
#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {

class PagerDutyIntegration final : public HttpIntegration {
 public:
  PagerDutyIntegration(IntegrationId id, PagerDutyOptions options, const HttpServices& services);

  Result<HttpPlan> Plan(const Notification& notification) const override;

 private:
  Result<nlohmann::ordered_json> Event(Fields& fields, const Notification& notification,
                                       bool with_details) const;
  Result<nlohmann::ordered_json> OldEvent(Fields& fields, const Notification& notification,
                                          bool with_details) const;
  nlohmann::ordered_json Details(Fields& fields) const;

  PagerDutyOptions options_;
};

}  // namespace tocsin::notify
