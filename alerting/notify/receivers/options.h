// What each receiver is configured with. alerting/config fills these from an alertmanager.yml, the global
// settings included; every text that Alertmanager expands as a template is still a template here. Defaults
// are templates of ours under the names that Alertmanager's users override.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/http/client.h"
#include "base/secret.h"
#include "base/time.h"
#include "base/yaml/node.h"

namespace tocsin::notify {

/// How to get past the gate of a network.
struct ProxyOptions {
  std::string url;                ///< may hold a user and a password
  std::string no_proxy;           ///< what is reached without it; this machine always is, when not ""
  bool from_environment = false;  ///< HTTP_PROXY, HTTPS_PROXY and NO_PROXY say it instead
  std::vector<std::pair<std::string, Secret>> connect_headers;
};

/// OAuth 2.0 with client credentials, RFC 6749 section 4.4.
struct OAuthOptions {
  std::string client_id;  ///< "": none of it
  SecretSource client_secret;
  std::string token_url;
  std::vector<std::string> scopes;
  std::map<std::string, std::string> endpoint_params;
  http::TlsClientOptions tls;
  ProxyOptions proxy;
};

/// A further header, once for each value.
struct HeaderOptions {
  std::string name;
  std::vector<SecretSource> values;
};

/// `http_config`: how a receiver's requests are made.
struct HttpOptions {
  http::TlsClientOptions tls;
  SecretSource basic_username;
  SecretSource basic_password;
  std::string authorization_type = "Bearer";
  SecretSource authorization;
  OAuthOptions oauth;
  ProxyOptions proxy;
  std::vector<HeaderOptions> headers;
  bool follow_redirects = true;
  bool enable_http2 = true;
};

struct SlackField {
  std::string title;
  std::string value;
  std::optional<bool> is_short;
};

/// A button: one with a URL is a link, another comes back to the app under its name.
struct SlackAction {
  std::string type;
  std::string text;
  std::string url;
  std::string style;
  std::string name;
  std::string value;
  struct Confirm {
    std::string text;
    std::string title;
    std::string ok_text;
    std::string dismiss_text;
  };
  std::optional<Confirm> confirm;
};

/// One entry of `slack_configs`.
struct SlackOptions {
  bool send_resolved = false;
  SecretSource api_url;    ///< of an incoming webhook, or of the Web API
  SecretSource app_token;  ///< of a bot; then api_url is that of chat.postMessage
  HttpOptions http;
  Duration timeout{10'000};  ///< for one attempt
  std::string channel;
  std::string username = R"({{ template "slack.default.username" . }})";
  std::string color = R"({{ template "slack.default.color" . }})";
  std::string title = R"({{ template "slack.default.title" . }})";
  std::string title_link = R"({{ template "slack.default.titlelink" . }})";
  std::string pretext = R"({{ template "slack.default.pretext" . }})";
  std::string text = R"({{ template "slack.default.text" . }})";
  std::string fallback = R"({{ template "slack.default.fallback" . }})";
  std::string callback_id = R"({{ template "slack.default.callbackid" . }})";
  std::string footer = R"({{ template "slack.default.footer" . }})";
  std::string icon_emoji = R"({{ template "slack.default.iconemoji" . }})";
  std::string icon_url = R"({{ template "slack.default.iconurl" . }})";
  std::string image_url;
  std::string thumb_url;
  std::string message_text;  ///< the message above the attachment
  bool link_names = false;
  bool short_fields = false;
  bool update_message = false;  ///< a group's later messages take the place of its first
  std::vector<SlackField> fields;
  std::vector<SlackAction> actions;
  std::vector<std::string> mrkdwn_in{"fallback", "pretext", "text"};
};

/// Which mails a mail program shows as one conversation.
enum class Threading { kNone, kGroup, kGroupAndDay };

/// One entry of `email_configs`.
struct EmailOptions {
  bool send_resolved = false;
  std::string to;         ///< address list, a template
  std::string from;       ///< address, a template
  std::string smarthost;  ///< "host:port"
  std::string hello = "localhost";
  std::string auth_username;
  SecretSource auth_password;  ///< for PLAIN and LOGIN
  SecretSource auth_secret;    ///< for CRAM-MD5, which is used when there is no password
  std::string auth_identity;
  bool require_tls = true;
  /// TLS from the first byte; unset: when the port is 465.
  std::optional<bool> implicit_tls;
  http::TlsClientOptions tls;
  Duration timeout{30'000};
  Threading threading = Threading::kNone;
  /// Further headers, or other values for Subject, To and From; names in canonical case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string html = R"({{ template "email.default.html" . }})";
  std::string text = R"({{ template "email.default.text" . }})";
};

/// One entry of `webhook_configs`.
struct WebhookOptions {
  bool send_resolved = true;
  SecretSource url;
  HttpOptions http;
  Duration timeout{10'000};
  uint64_t max_alerts = 0;            ///< 0: all
  std::optional<yaml::Node> payload;  ///< sent instead of Alertmanager's body; its texts are templates
};

/// One entry of `discord_configs`.
struct DiscordOptions {
  bool send_resolved = true;
  SecretSource webhook_url;
  HttpOptions http;
  std::string content;
  std::string title = R"({{ template "discord.default.title" . }})";
  std::string message = R"({{ template "discord.default.message" . }})";
  std::string username;
  std::string avatar_url;
};

/// One entry of `msteamsv2_configs`.
struct MsTeamsOptions {
  bool send_resolved = true;
  SecretSource webhook_url;
  HttpOptions http;
  std::string title = R"({{ template "msteamsv2.default.title" . }})";
  std::string text = R"({{ template "msteamsv2.default.text" . }})";
};

/// One entry of `telegram_configs`.
struct TelegramOptions {
  bool send_resolved = true;
  std::string api_url = "https://api.telegram.org";
  SecretSource bot_token;
  SecretSource chat_id;  ///< a number; in a file it may change
  int64_t message_thread_id = 0;
  HttpOptions http;
  std::string message = R"({{ template "telegram.default.message" . }})";
  bool disable_notifications = false;
  std::string parse_mode = "HTML";  ///< "", "HTML", "Markdown" or "MarkdownV2"
};

struct PagerDutyImage {
  std::string src;
  std::string alt;
  std::string href;
};
struct PagerDutyLink {
  std::string href;
  std::string text;
};

/// One entry of `pagerduty_configs`.
struct PagerDutyOptions {
  bool send_resolved = true;
  std::string url = "https://events.pagerduty.com/v2/enqueue";
  SecretSource routing_key;  ///< a template; for version 2 of the Events API
  SecretSource service_key;  ///< a template; for version 1
  HttpOptions http;
  Duration timeout{10'000};
  std::string client = R"({{ template "pagerduty.default.client" . }})";
  std::string client_url = R"({{ template "pagerduty.default.clientURL" . }})";
  std::string description = R"({{ template "pagerduty.default.description" . }})";
  std::string source;  ///< "": the client
  std::string severity = "error";
  std::string class_name;
  std::string component;
  std::string group;
  std::map<std::string, yaml::Node> details;  ///< texts in them are templates
  std::vector<PagerDutyImage> images;
  std::vector<PagerDutyLink> links;
};

struct OpsGenieResponder {
  std::string id;
  std::string name;
  std::string username;
  std::string type;  ///< team, teams, user, escalation, schedule, or a template of these
};

/// One entry of `opsgenie_configs`.
struct OpsGenieOptions {
  bool send_resolved = true;
  std::string api_url = "https://api.opsgenie.com/";  ///< with a slash at its end
  SecretSource api_key;                               ///< a template
  HttpOptions http;
  std::string message = R"({{ template "opsgenie.default.message" . }})";
  std::string description = R"({{ template "opsgenie.default.description" . }})";
  std::string source = R"({{ template "opsgenie.default.source" . }})";
  std::map<std::string, std::string> details;
  std::vector<OpsGenieResponder> responders;
  std::string entity;
  std::string actions;  ///< comma-separated, as tags
  std::string tags;
  std::string note;
  std::string priority;
  bool update_alerts = false;
};

/// One entry of `pushover_configs`.
struct PushoverOptions {
  bool send_resolved = true;
  SecretSource user_key;  ///< a template
  SecretSource token;     ///< a template
  HttpOptions http;
  std::string title = R"({{ template "pushover.default.title" . }})";
  std::string message = R"({{ template "pushover.default.message" . }})";
  std::string url = R"({{ template "pushover.default.url" . }})";
  std::string url_title;
  std::string device;
  std::string sound;
  std::string priority = R"({{ if eq .Status "firing" }}2{{ else }}0{{ end }})";
  Duration retry{60'000};
  Duration expire{3'600'000};
  Duration ttl{0};  ///< 0: the message stays
  bool html = false;
  bool monospace = false;
};

/// A receiver: a name and all its integrations, each of which gets every notification.
struct ReceiverOptions {
  std::string name;
  std::vector<SlackOptions> slack;
  std::vector<EmailOptions> email;
  std::vector<WebhookOptions> webhook;
  std::vector<DiscordOptions> discord;
  std::vector<MsTeamsOptions> msteams;
  std::vector<TelegramOptions> telegram;
  std::vector<PagerDutyOptions> pagerduty;
  std::vector<OpsGenieOptions> opsgenie;
  std::vector<PushoverOptions> pushover;
};

}  // namespace tocsin::notify
