// The receivers of an alertmanager.yml, and the global settings that they fall back on.
#pragma once

#include <optional>
#include <string>

#include "alerting/notify/options.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

/// `global:` as far as receivers take defaults from it.
struct ReceiverDefaults {
  notify::HttpOptions http;
  SecretSource slack_api_url;
  SecretSource slack_app_token;
  std::string slack_app_url = "https://slack.com/api/chat.postMessage";
  std::string telegram_api_url;
  SecretSource telegram_bot_token;
  std::string opsgenie_api_url;
  SecretSource opsgenie_api_key;
  std::string pagerduty_url;
  std::string smtp_from;
  std::string smtp_smarthost;
  std::string smtp_hello = "localhost";
  std::string smtp_auth_username;
  SecretSource smtp_auth_password;
  SecretSource smtp_auth_secret;
  std::string smtp_auth_identity;
  bool smtp_require_tls = true;
  std::optional<bool> smtp_implicit_tls;
  http::TlsClientOptions smtp_tls;
};

/// Faults go to `errors`; what could be read is in the result all the same. `file` is what paths are relative
/// to.
ReceiverDefaults ReadGlobal(const yaml::Node* global, const std::string& file, Duration& resolve_timeout,
                            Errors& errors);
notify::ReceiverOptions ReadReceiver(const yaml::Node& node, const ReceiverDefaults& defaults,
                                     const std::string& file, Errors& errors);

/// Marks a key as one of the format's that this version can't honour: reported when it is there and asks for
/// anything.
void NotSupported(yaml::MappingReader& in, std::string_view key, std::string_view why = "");

}  // namespace tocsin::config
