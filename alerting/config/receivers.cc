#include "alerting/config/receivers.h"

#include <array>
#include <set>

#include <fmt/format.h>

#include "alerting/config/http_config.h"
#include "alerting/notify/receivers/mime.h"

namespace tocsin::config {
namespace {

using yaml::MappingReader;
using yaml::Node;

/// Integrations of Alertmanager 0.33 that come later.
constexpr std::array<std::string_view, 15> kLaterIntegrations{
    "discord_configs",   "incidentio_configs", "jira_configs",     "mattermost_configs",
    "msteams_configs",   "msteamsv2_configs",  "opsgenie_configs", "pagerduty_configs",
    "pushover_configs",  "rocketchat_configs", "sns_configs",      "telegram_configs",
    "victorops_configs", "webex_configs",      "wechat_configs"};

/// Global defaults of those: they mean nothing until a receiver uses them, and that is reported where it
/// stands.
constexpr std::array<std::string_view, 22> kLaterGlobals{
    "pagerduty_url",      "opsgenie_api_url",        "opsgenie_api_key",       "opsgenie_api_key_file",
    "wechat_api_url",     "wechat_api_secret",       "wechat_api_secret_file", "wechat_api_corp_id",
    "victorops_api_url",  "victorops_api_key",       "victorops_api_key_file", "telegram_api_url",
    "telegram_bot_token", "telegram_bot_token_file", "webex_api_url",          "rocketchat_api_url",
    "rocketchat_token",   "rocketchat_token_file",   "rocketchat_token_id",    "rocketchat_token_id_file",
    "jira_api_url",       "mattermost_webhook_url"};

/// "host:port" with a port; the host may be an IPv6 address in brackets.
void CheckSmarthost(MappingReader& in, const char* key, const std::string& text) {
  size_t colon = text.rfind(':');
  bool ok = colon != std::string::npos && colon + 1 < text.size() &&
            text.find_first_of(" \t\r\n/") == std::string::npos;
  if (ok && text.find(':') != colon) ok = text.starts_with('[') && text[colon - 1] == ']';
  if (!ok) in.Fail(*in.Take(key), fmt::format("expected host:port, found \"{}\"", text));
}

/// Canonical as Go's textproto writes header names: "x-team" is "X-Team".
std::string CanonicalHeader(std::string name) {
  bool first = true;
  for (char& c : name) {
    c = static_cast<char>(first ? std::toupper(static_cast<unsigned char>(c))
                                : std::tolower(static_cast<unsigned char>(c)));
    first = c == '-';
  }
  return name;
}

notify::SlackField ReadSlackField(const Node& node, Errors& errors) {
  notify::SlackField field;
  MappingReader in(node, errors);
  in.Required("title", field.title);
  in.Required("value", field.value);
  in.Optional("short", field.is_short);
  in.Finish();
  return field;
}

notify::SlackOptions ReadSlack(const Node& node, const ReceiverDefaults& defaults, const std::string& file,
                               Errors& errors) {
  notify::SlackOptions slack;
  MappingReader in(node, errors);
  in.Optional("send_resolved", slack.send_resolved);
  slack.http = ReadHttpConfig(in, defaults.http, file, errors);
  slack.api_url = ReadSecretUrl(in, "api_url", "api_url_file", file);
  for (std::string_view key : {"app_token", "app_token_file", "app_url"}) NotSupported(in, key);
  in.Optional("channel", slack.channel);
  in.Optional("username", slack.username);
  in.Optional("color", slack.color);
  in.Optional("title", slack.title);
  in.Optional("title_link", slack.title_link);
  in.Optional("pretext", slack.pretext);
  in.Optional("text", slack.text);
  in.Optional("message_text", slack.message_text);
  in.Optional("fallback", slack.fallback);
  in.Optional("callback_id", slack.callback_id);
  in.Optional("footer", slack.footer);
  in.Optional("icon_emoji", slack.icon_emoji);
  in.Optional("icon_url", slack.icon_url);
  in.Optional("image_url", slack.image_url);
  in.Optional("thumb_url", slack.thumb_url);
  in.Optional("link_names", slack.link_names);
  in.Optional("short_fields", slack.short_fields);
  in.Optional("mrkdwn_in", slack.mrkdwn_in);
  in.Optional("timeout", slack.timeout);
  if (slack.timeout <= Duration(0)) slack.timeout = notify::SlackOptions().timeout;
  if (const Node* fields = in.Take("fields")) {
    for (const Node& field : fields->items) slack.fields.push_back(ReadSlackField(field, errors));
  }
  NotSupported(in, "actions");
  NotSupported(in, "update_message");
  in.Finish();
  if (slack.api_url.empty()) slack.api_url = defaults.slack_api_url;
  if (slack.api_url.empty()) in.Fail(node, "no global Slack API URL set either inline or in a file");
  return slack;
}

void ReadMailHeaders(MappingReader& in, notify::EmailOptions& email) {
  const Node* headers = in.Take("headers");
  std::map<std::string, std::string> read;
  if (headers == nullptr || !in.Optional("headers", read)) return;
  std::set<std::string> seen;
  for (const auto& [written, value] : read) {
    std::string name = CanonicalHeader(written);
    if (!notify::IsHeaderName(name))
      in.Fail(*headers, fmt::format("bad header name \"{}\" in email config", name));
    if (!seen.insert(name).second)
      in.Fail(*headers, fmt::format("duplicate header \"{}\" in email config", name));
    email.headers.emplace_back(name, value);
  }
}

notify::EmailOptions ReadEmail(const Node& node, const ReceiverDefaults& defaults, const std::string& file,
                               Errors& errors) {
  notify::EmailOptions email;
  MappingReader in(node, errors);
  in.Optional("send_resolved", email.send_resolved);
  in.Optional("to", email.to);
  if (email.to.empty()) in.Fail(node, "missing to address in email config");
  email.from = defaults.smtp_from;
  in.Optional("from", email.from);
  email.smarthost = defaults.smtp_smarthost;
  if (in.Optional("smarthost", email.smarthost)) CheckSmarthost(in, "smarthost", email.smarthost);
  email.hello = defaults.smtp_hello;
  in.Optional("hello", email.hello);
  email.auth_username = defaults.smtp_auth_username;
  in.Optional("auth_username", email.auth_username);
  email.auth_password = ReadSecret(in, "auth_password", "auth_password_file", file);
  if (email.auth_password.empty()) email.auth_password = defaults.smtp_auth_password;
  email.auth_identity = defaults.smtp_auth_identity;
  in.Optional("auth_identity", email.auth_identity);
  email.require_tls = defaults.smtp_require_tls;
  in.Optional("require_tls", email.require_tls);
  email.implicit_tls = defaults.smtp_implicit_tls;
  in.Optional("force_implicit_tls", email.implicit_tls);
  email.tls = ReadTlsConfig(in, defaults.smtp_tls, file, errors);
  ReadMailHeaders(in, email);
  in.Optional("html", email.html);
  in.Optional("text", email.text);
  for (std::string_view key : {"auth_secret", "auth_secret_file"})
    NotSupported(in, key, "CRAM-MD5 is not offered");
  NotSupported(in, "threading");
  in.Finish();
  if (email.smarthost.empty()) in.Fail(node, "no global SMTP smarthost set");
  if (email.from.empty()) in.Fail(node, "no global SMTP from set");
  return email;
}

notify::WebhookOptions ReadWebhook(const Node& node, const ReceiverDefaults& defaults,
                                   const std::string& file, Errors& errors) {
  notify::WebhookOptions webhook;
  MappingReader in(node, errors);
  in.Optional("send_resolved", webhook.send_resolved);
  webhook.http = ReadHttpConfig(in, defaults.http, file, errors);
  webhook.url = ReadSecretUrl(in, "url", "url_file", file);
  in.Optional("max_alerts", webhook.max_alerts);
  in.Optional("timeout", webhook.timeout);
  if (webhook.timeout <= Duration(0)) webhook.timeout = notify::WebhookOptions().timeout;
  NotSupported(in, "payload");
  in.Finish();
  if (webhook.url.empty()) in.Fail(node, "one of url or url_file must be configured");
  return webhook;
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
  defaults.slack_api_url = ReadSecretUrl(in, "slack_api_url", "slack_api_url_file", file);
  for (std::string_view key : {"slack_app_token", "slack_app_token_file", "slack_app_url"})
    NotSupported(in, key);
  in.Optional("smtp_from", defaults.smtp_from);
  if (in.Optional("smtp_smarthost", defaults.smtp_smarthost)) {
    CheckSmarthost(in, "smtp_smarthost", defaults.smtp_smarthost);
  }
  in.Optional("smtp_hello", defaults.smtp_hello);
  in.Optional("smtp_auth_username", defaults.smtp_auth_username);
  defaults.smtp_auth_password = ReadSecret(in, "smtp_auth_password", "smtp_auth_password_file", file);
  in.Optional("smtp_auth_identity", defaults.smtp_auth_identity);
  in.Optional("smtp_require_tls", defaults.smtp_require_tls);
  in.Optional("smtp_force_implicit_tls", defaults.smtp_implicit_tls);
  defaults.smtp_tls = ReadTlsConfig(in, {}, file, errors, "smtp_tls_config");
  for (std::string_view key : {"smtp_auth_secret", "smtp_auth_secret_file"}) {
    NotSupported(in, key, "CRAM-MD5 is not offered");
  }
  for (std::string_view key : kLaterGlobals) in.Take(key);
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
  auto each = [&](std::string_view key, auto read) {
    const Node* list = in.Take(key);
    if (list == nullptr || list->kind == yaml::Kind::kNull) return;
    if (list->kind != yaml::Kind::kSequence) return in.Fail(*list, "expected a sequence");
    for (const Node& item : list->items) read(item);
  };
  each("slack_configs",
       [&](const Node& n) { receiver.slack.push_back(ReadSlack(n, defaults, file, errors)); });
  each("email_configs",
       [&](const Node& n) { receiver.email.push_back(ReadEmail(n, defaults, file, errors)); });
  each("webhook_configs",
       [&](const Node& n) { receiver.webhook.push_back(ReadWebhook(n, defaults, file, errors)); });
  for (std::string_view key : kLaterIntegrations) NotSupported(in, key, "slack, email and webhook are");
  in.Finish();
  return receiver;
}

}  // namespace tocsin::config
