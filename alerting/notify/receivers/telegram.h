// Telegram's bots (core.telegram.org/bots/api#sendmessage).
#pragma once

#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {

class TelegramIntegration final : public HttpIntegration {
 public:
  TelegramIntegration(IntegrationId id, TelegramOptions options, const HttpServices& services);

  Result<HttpPlan> Plan(const Notification& notification) const override;

 private:
  TelegramOptions options_;
};

}  // namespace tocsin::notify
