// What the notification pipeline is configured with. alerting/config fills these from an alertmanager.yml;
// every text that Alertmanager expands as a template is still a template here.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerting/model/matcher.h"
#include "alerting/notify/timeinterval/time_interval.h"
#include "base/http/client.h"
#include "base/secret.h"
#include "base/time.h"

namespace tocsin::notify {

/// A node of the routing tree as written: what is not set is the parent's, and at the root the default.
struct RouteOptions {
  std::string receiver;  ///< "": the parent's
  model::Matchers matchers;
  bool keep_going = false;  ///< `continue`: siblings after this one are asked too
  std::optional<std::vector<std::string>> group_by;
  std::optional<bool> group_by_all;  ///< `group_by: ['...']`
  std::optional<Duration> group_wait;
  std::optional<Duration> group_interval;
  std::optional<Duration> repeat_interval;
  std::vector<std::string> mute_time_intervals;    ///< names; never the parent's
  std::vector<std::string> active_time_intervals;  ///< names; none: always active
  std::vector<RouteOptions> routes;
};

/// While an alert that `source` takes fires, those that `target` takes and that have the same values of the
/// labels `equal` are not told.
struct InhibitRuleOptions {
  model::Matchers source;
  model::Matchers target;
  std::vector<std::string> equal;
};

/// `http_config`: how a receiver's requests are made.
struct HttpOptions {
  http::TlsClientOptions tls;
  std::string basic_username;
  SecretSource basic_password;
  std::string authorization_type = "Bearer";
  SecretSource authorization;
  bool follow_redirects = true;
  std::string proxy_url;
};

struct SlackField {
  std::string title;
  std::string value;
  std::optional<bool> is_short;
};

/// One entry of `slack_configs`. Defaults are templates of ours under the names that Alertmanager's users
/// override.
struct SlackOptions {
  bool send_resolved = false;
  SecretSource api_url;
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
  std::vector<SlackField> fields;
  std::vector<std::string> mrkdwn_in{"fallback", "pretext", "text"};
};

/// One entry of `email_configs`, the global settings already filled in.
struct EmailOptions {
  bool send_resolved = false;
  std::string to;         ///< address list, a template
  std::string from;       ///< address, a template
  std::string smarthost;  ///< "host:port"
  std::string hello = "localhost";
  std::string auth_username;
  SecretSource auth_password;
  std::string auth_identity;
  bool require_tls = true;
  /// TLS from the first byte; unset: when the port is 465.
  std::optional<bool> implicit_tls;
  http::TlsClientOptions tls;
  Duration timeout{30'000};
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
  uint64_t max_alerts = 0;  ///< 0: all
};

/// A receiver: a name and all its integrations, each of which gets every notification.
struct ReceiverOptions {
  std::string name;
  std::vector<SlackOptions> slack;
  std::vector<EmailOptions> email;
  std::vector<WebhookOptions> webhook;
};

struct Options {
  RouteOptions route;
  std::vector<ReceiverOptions> receivers;
  std::vector<InhibitRuleOptions> inhibit_rules;
  std::vector<NamedTimeInterval> time_intervals;
  std::vector<std::string> template_globs;  ///< absolute or relative to the working directory
  /// After it an alert that names no end is taken for resolved.
  Duration resolve_timeout{300'000};
  std::string external_url;  ///< where our own pages are, for links; no slash at its end
};

}  // namespace tocsin::notify
