// Discord's webhooks: a message with one embed (discord.com/developers/docs/resources/webhook).
#pragma once

#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {

class DiscordIntegration final : public HttpIntegration {
 public:
  DiscordIntegration(IntegrationId id, DiscordOptions options, const HttpServices& services);

  Result<HttpPlan> Plan(const Notification& notification) const override;

 private:
  DiscordOptions options_;
};

}  // namespace tocsin::notify
