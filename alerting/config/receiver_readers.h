// The readers of the single receivers of an alertmanager.yml. Each takes one entry of `…_configs`, fills in
// the global settings, and reports what Alertmanager would refuse too. Private to the room.
#pragma once

#include <string>
#include <string_view>

#include "alerting/config/http_config.h"
#include "alerting/config/receivers.h"
#include "alerting/notify/receivers/options.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

/// What all of them need.
struct ReceiverContext {
  const ReceiverDefaults& defaults;
  const std::string& file;  ///< what paths are relative to
  Errors& errors;
};

/// The keys that every receiver has which speaks HTTP.
template <typename Options>
void ReadHttpReceiver(yaml::MappingReader& in, const ReceiverContext& context, Options& options) {
  in.Optional("send_resolved", options.send_resolved);
  options.http = ReadHttpConfig(in, context.defaults.http, context.file, context.errors);
}

/// Calls `read` for each item of the sequence under `key`.
template <typename Read>
void EachItem(yaml::MappingReader& in, std::string_view key, Read read) {
  const yaml::Node* list = in.Take(key);
  if (!yaml::IsSet(list)) return;
  if (list->kind != yaml::Kind::kSequence) return in.Fail(*list, "expected a sequence");
  for (const yaml::Node& item : list->items) read(item);
}

notify::SlackOptions ReadSlack(const yaml::Node& node, const ReceiverContext& context);
notify::EmailOptions ReadEmail(const yaml::Node& node, const ReceiverContext& context);
notify::WebhookOptions ReadWebhook(const yaml::Node& node, const ReceiverContext& context);
notify::DiscordOptions ReadDiscord(const yaml::Node& node, const ReceiverContext& context);
notify::MsTeamsOptions ReadMsTeams(const yaml::Node& node, const ReceiverContext& context);
notify::TelegramOptions ReadTelegram(const yaml::Node& node, const ReceiverContext& context);
notify::PagerDutyOptions ReadPagerDuty(const yaml::Node& node, const ReceiverContext& context);
notify::OpsGenieOptions ReadOpsGenie(const yaml::Node& node, const ReceiverContext& context);
notify::PushoverOptions ReadPushover(const yaml::Node& node, const ReceiverContext& context);

/// "host:port" with a port; the host may be an IPv6 address in brackets.
void CheckSmarthost(yaml::MappingReader& in, const char* key, const std::string& text);

}  // namespace tocsin::config
