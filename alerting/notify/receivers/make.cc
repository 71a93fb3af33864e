#include "alerting/notify/receivers/make.h"

#include "alerting/notify/receivers/email.h"
#include "alerting/notify/receivers/slack.h"
#include "alerting/notify/receivers/webhook.h"

namespace tocsin::notify {

std::vector<std::shared_ptr<const Integration>> MakeIntegrations(const ReceiverOptions& receiver,
                                                                 const ReceiverServices& services) {
  std::vector<std::shared_ptr<const Integration>> all;
  auto each = [&](const auto& options, const char* type, auto make) {
    for (size_t i = 0; i < options.size(); ++i)
      all.push_back(make(IntegrationId{receiver.name, type, i}, options[i]));
  };
  each(receiver.slack, "slack", [&](IntegrationId id, const SlackOptions& options) {
    return std::make_shared<SlackIntegration>(std::move(id), options, services.templates, services.http,
                                              services.clock);
  });
  each(receiver.email, "email", [&](IntegrationId id, const EmailOptions& options) {
    return std::make_shared<EmailIntegration>(std::move(id), options, services.templates, services.smtp,
                                              services.clock);
  });
  each(receiver.webhook, "webhook", [&](IntegrationId id, const WebhookOptions& options) {
    return std::make_shared<WebhookIntegration>(std::move(id), options, services.external_url, services.http);
  });
  return all;
}

}  // namespace tocsin::notify
