#include "alerting/config/receivers.h"

#include <array>

#include "alerting/config/http_config.h"
#include "alerting/config/receiver_readers.h"

namespace tocsin::config {
namespace {

using yaml::MappingReader;
using yaml::Node;

/// Integrations of Alertmanager 0.33 that are not here.
constexpr std::array<std::string_view, 9> kOtherIntegrations{
    "incidentio_configs", "jira_configs",      "mattermost_configs", "msteams_configs", "rocketchat_configs",
    "sns_configs",        "victorops_configs", "webex_configs",      "wechat_configs"};

/// Global defaults of those: they mean nothing until a receiver uses them, and that is reported where it
/// stands.
constexpr std::array<std::string_view, 15> kOtherGlobals{
    "wechat_api_url",           "wechat_api_secret", "wechat_api_secret_file", "wechat_api_corp_id",
    "victorops_api_url",        "victorops_api_key", "victorops_api_key_file", "webex_api_url",
    "rocketchat_api_url",       "rocketchat_token",  "rocketchat_token_file",  "rocketchat_token_id",
    "rocketchat_token_id_file", "jira_api_url",      "mattermost_webhook_url"};

void ReadSlackGlobals(const Node& global, MappingReader& in, const std::string& file,
                      ReceiverDefaults& defaults) {
  defaults.slack_api_url = ReadSecretUrl(in, "slack_api_url", "slack_api_url_file", file);
  defaults.slack_app_token = ReadSecret(in, "slack_app_token", "slack_app_token_file", file);
  ReadUrl(in, "slack_app_url", defaults.slack_app_url);
  if (!defaults.slack_api_url.empty() && !defaults.slack_app_token.empty()) {
    in.Fail(global,
            "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be "
            "configured");
  }
}

void ReadSmtpGlobals(MappingReader& in, const std::string& file, ReceiverDefaults& defaults, Errors& errors) {
  in.Optional("smtp_from", defaults.smtp_from);
  if (in.Optional("smtp_smarthost", defaults.smtp_smarthost)) {
    CheckSmarthost(in, "smtp_smarthost", defaults.smtp_smarthost);
  }
  in.Optional("smtp_hello", defaults.smtp_hello);
  in.Optional("smtp_auth_username", defaults.smtp_auth_username);
  defaults.smtp_auth_password = ReadSecret(in, "smtp_auth_password", "smtp_auth_password_file", file);
  defaults.smtp_auth_secret = ReadSecret(in, "smtp_auth_secret", "smtp_auth_secret_file", file);
  in.Optional("smtp_auth_identity", defaults.smtp_auth_identity);
  in.Optional("smtp_require_tls", defaults.smtp_require_tls);
  in.Optional("smtp_force_implicit_tls", defaults.smtp_implicit_tls);
  defaults.smtp_tls = ReadTlsConfig(in, {}, file, errors, "smtp_tls_config");
}

}  // namespace

void NotSupported(MappingReader& in, std::string_view key, std::string_view why) {
  const Node* node = in.Take(key);
  if (node == nullptr) return;
  bool asks_nothing = node->is_scalar() ? node->text.empty() || node->kind == yaml::Kind::kNull ||
                                              (node->kind == yaml::Kind::kBool && !node->bool_value)
                                        : node->items.empty() && node->entries.empty();
  if (!asks_nothing) in.Unsupported(key, why);
}

ReceiverDefaults ReadGlobal(const Node* global, const std::string& file, Duration& resolve_timeout,
                            Errors& errors) {
  ReceiverDefaults defaults;
  if (global == nullptr) return defaults;
  MappingReader in(*global, errors);
  in.Optional("resolve_timeout", resolve_timeout);
  defaults.http = ReadHttpConfig(in, {}, file, errors);
  ReadSlackGlobals(*global, in, file, defaults);
  ReadSmtpGlobals(in, file, defaults, errors);
  ReadUrl(in, "telegram_api_url", defaults.telegram_api_url);
  defaults.telegram_bot_token = ReadSecret(in, "telegram_bot_token", "telegram_bot_token_file", file);
  ReadUrl(in, "opsgenie_api_url", defaults.opsgenie_api_url);
  defaults.opsgenie_api_key = ReadSecret(in, "opsgenie_api_key", "opsgenie_api_key_file", file);
  ReadUrl(in, "pagerduty_url", defaults.pagerduty_url);
  for (std::string_view key : kOtherGlobals) in.Take(key);
  in.Take("mattermost_webhook_url_file");
  in.Finish();
  return defaults;
}

notify::ReceiverOptions ReadReceiver(const Node& node, const ReceiverDefaults& defaults,
                                     const std::string& file, Errors& errors) {
  notify::ReceiverOptions receiver;
  MappingReader in(node, errors);
  in.Optional("name", receiver.name);
  if (receiver.name.empty()) in.Fail(node, "missing name in receiver");
  const ReceiverContext context{defaults, file, errors};
  const auto each = [&](std::string_view key, auto read, auto& into) {
    const Node* list = in.Take(key);
    if (!yaml::IsSet(list)) return;
    if (list->kind != yaml::Kind::kSequence) return in.Fail(*list, "expected a sequence");
    for (const Node& item : list->items) into.push_back(read(item, context));
  };
  each("slack_configs", ReadSlack, receiver.slack);
  each("email_configs", ReadEmail, receiver.email);
  each("webhook_configs", ReadWebhook, receiver.webhook);
  each("discord_configs", ReadDiscord, receiver.discord);
  each("msteamsv2_configs", ReadMsTeams, receiver.msteams);
  each("telegram_configs", ReadTelegram, receiver.telegram);
  each("pagerduty_configs", ReadPagerDuty, receiver.pagerduty);
  each("opsgenie_configs", ReadOpsGenie, receiver.opsgenie);
  each("pushover_configs", ReadPushover, receiver.pushover);
  for (std::string_view key : kOtherIntegrations) {
    NotSupported(in, key,
                 "slack, email, webhook, discord, msteamsv2, telegram, pagerduty, opsgenie and pushover are");
  }
  in.Finish();
  return receiver;
}

}  // namespace tocsin::config
