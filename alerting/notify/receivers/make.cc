#include "alerting/notify/receivers/make.h"

#include "alerting/notify/receivers/discord.h"
#include "alerting/notify/receivers/email.h"
#include "alerting/notify/receivers/msteams.h"
#include "alerting/notify/receivers/opsgenie.h"
#include "alerting/notify/receivers/pagerduty.h"
#include "alerting/notify/receivers/pushover.h"
#include "alerting/notify/receivers/slack.h"
#include "alerting/notify/receivers/telegram.h"
#include "alerting/notify/receivers/webhook.h"

namespace tocsin::notify {
namespace {

using Integrations = std::vector<std::shared_ptr<const Integration>>;

/// Of the receivers that need no more than the client, the clock and the templates.
template <typename Made, typename Options>
void AddHttp(const std::string& receiver, const char* type, const std::vector<Options>& all,
             const HttpServices& services, Integrations& into) {
  for (size_t i = 0; i < all.size(); ++i)
    into.push_back(std::make_shared<Made>(IntegrationId{receiver, type, i}, all[i], services));
}

}  // namespace

Integrations MakeIntegrations(const ReceiverOptions& receiver, const ReceiverServices& services) {
  Integrations all;
  const HttpServices http{services.http, services.clock, services.templates};
  const std::string& name = receiver.name;
  AddHttp<SlackIntegration>(name, "slack", receiver.slack, http, all);
  for (size_t i = 0; i < receiver.email.size(); ++i) {
    all.push_back(std::make_shared<EmailIntegration>(IntegrationId{name, "email", i}, receiver.email[i],
                                                     services.templates, services.smtp, services.clock));
  }
  for (size_t i = 0; i < receiver.webhook.size(); ++i) {
    all.push_back(std::make_shared<WebhookIntegration>(IntegrationId{name, "webhook", i}, receiver.webhook[i],
                                                       services.external_url, http));
  }
  AddHttp<DiscordIntegration>(name, "discord", receiver.discord, http, all);
  AddHttp<MsTeamsIntegration>(name, "msteamsv2", receiver.msteams, http, all);
  AddHttp<TelegramIntegration>(name, "telegram", receiver.telegram, http, all);
  AddHttp<PagerDutyIntegration>(name, "pagerduty", receiver.pagerduty, http, all);
  AddHttp<OpsGenieIntegration>(name, "opsgenie", receiver.opsgenie, http, all);
  AddHttp<PushoverIntegration>(name, "pushover", receiver.pushover, http, all);
  return all;
}

}  // namespace tocsin::notify
