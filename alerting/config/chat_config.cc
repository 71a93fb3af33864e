// Receivers that people read: Slack, Discord, Microsoft Teams, Telegram.
#include <fmt/format.h>

#include "alerting/config/receiver_readers.h"
#include "base/files.h"

namespace tocsin::config {
namespace {

using yaml::MappingReader;
using yaml::Node;

notify::SlackField ReadSlackField(const Node& node, Errors& errors) {
  notify::SlackField field;
  MappingReader in(node, errors);
  in.Required("title", field.title);
  in.Required("value", field.value);
  in.Optional("short", field.is_short);
  in.Finish();
  return field;
}

notify::SlackAction ReadSlackAction(const Node& node, Errors& errors) {
  notify::SlackAction action;
  MappingReader in(node, errors);
  in.Required("type", action.type);
  in.Required("text", action.text);
  in.Optional("url", action.url);
  in.Optional("style", action.style);
  in.Optional("name", action.name);
  in.Optional("value", action.value);
  if (const Node* confirm = in.Take("confirm"); yaml::IsSet(confirm)) {
    notify::SlackAction::Confirm read;
    MappingReader question(*confirm, errors);
    question.Required("text", read.text);
    question.Optional("title", read.title);
    question.Optional("ok_text", read.ok_text);
    question.Optional("dismiss_text", read.dismiss_text);
    question.Finish();
    action.confirm = std::move(read);
  }
  in.Finish();
  if (!action.url.empty()) {  // a link comes back to nobody
    action.name.clear();
    action.value.clear();
    action.confirm.reset();
  } else if (action.name.empty()) {
    in.Fail(node, "missing name or url in Slack action configuration");
  }
  return action;
}

/// An incoming webhook's URL, or a bot's token; what is not said here is said globally.
void ReadSlackAddress(const Node& node, MappingReader& in, const ReceiverContext& context,
                      notify::SlackOptions& slack) {
  const ReceiverDefaults& defaults = context.defaults;
  slack.api_url = ReadSecretUrl(in, "api_url", "api_url_file", context.file);
  slack.app_token = ReadSecret(in, "app_token", "app_token_file", context.file);
  std::string app_url = defaults.slack_app_url;
  ReadUrl(in, "app_url", app_url);
  if (!slack.api_url.empty() && !slack.app_token.empty()) {
    in.Fail(node, "at most one of api_url/api_url_file & app_token/app_token_file must be configured");
  }
  if (slack.api_url.empty() && slack.app_token.empty()) {
    slack.api_url = defaults.slack_api_url;
    slack.app_token = defaults.slack_app_token;
  }
  if (!slack.app_token.empty()) {
    if (!slack.http.authorization.empty())
      in.Fail(node, "http authorization can't be set when using Slack App tokens");
    slack.api_url = SecretSource{Secret(app_url), ""};
  }
  if (slack.api_url.empty()) in.Fail(node, "no global Slack API URL set either inline or in a file");
  if (slack.update_message && slack.app_token.empty() &&
      slack.api_url.value.Reveal() != "https://slack.com/api/chat.postMessage") {
    in.Fail(node,
            "update_message can only be used with bot tokens. api_url must be set to "
            "https://slack.com/api/chat.postMessage");
  }
}

}  // namespace

notify::SlackOptions ReadSlack(const Node& node, const ReceiverContext& context) {
  notify::SlackOptions slack;
  MappingReader in(node, context.errors);
  ReadHttpReceiver(in, context, slack);
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
  in.Optional("update_message", slack.update_message);
  ReadGoDuration(in, "timeout", slack.timeout);
  if (slack.timeout <= Duration(0)) slack.timeout = notify::SlackOptions().timeout;
  EachItem(in, "fields",
           [&](const Node& item) { slack.fields.push_back(ReadSlackField(item, context.errors)); });
  EachItem(in, "actions",
           [&](const Node& item) { slack.actions.push_back(ReadSlackAction(item, context.errors)); });
  ReadSlackAddress(node, in, context, slack);
  in.Finish();
  return slack;
}

notify::DiscordOptions ReadDiscord(const Node& node, const ReceiverContext& context) {
  notify::DiscordOptions discord;
  MappingReader in(node, context.errors);
  ReadHttpReceiver(in, context, discord);
  discord.webhook_url = ReadSecretUrl(in, "webhook_url", "webhook_url_file", context.file);
  in.Optional("content", discord.content);
  in.Optional("title", discord.title);
  in.Optional("message", discord.message);
  in.Optional("username", discord.username);
  in.Optional("avatar_url", discord.avatar_url);
  in.Finish();
  if (discord.webhook_url.empty()) in.Fail(node, "one of webhook_url or webhook_url_file must be configured");
  return discord;
}

notify::MsTeamsOptions ReadMsTeams(const Node& node, const ReceiverContext& context) {
  notify::MsTeamsOptions teams;
  MappingReader in(node, context.errors);
  ReadHttpReceiver(in, context, teams);
  teams.webhook_url = ReadSecretUrl(in, "webhook_url", "webhook_url_file", context.file);
  in.Optional("title", teams.title);
  in.Optional("text", teams.text);
  in.Finish();
  if (teams.webhook_url.empty()) in.Fail(node, "one of webhook_url or webhook_url_file must be configured");
  return teams;
}

notify::TelegramOptions ReadTelegram(const Node& node, const ReceiverContext& context) {
  notify::TelegramOptions telegram;
  MappingReader in(node, context.errors);
  ReadHttpReceiver(in, context, telegram);
  if (!context.defaults.telegram_api_url.empty()) telegram.api_url = context.defaults.telegram_api_url;
  ReadUrl(in, "api_url", telegram.api_url);
  telegram.bot_token = ReadSecret(in, "bot_token", "bot_token_file", context.file);
  if (telegram.bot_token.empty()) telegram.bot_token = context.defaults.telegram_bot_token;
  if (telegram.bot_token.empty()) in.Fail(node, "missing bot_token or bot_token_file on telegram_config");
  int64_t chat_id = 0;
  in.Optional("chat_id", chat_id);
  std::string chat_file;
  in.Optional("chat_id_file", chat_file);
  if (!chat_file.empty()) telegram.chat_id.file = RelativeTo(context.file, chat_file).string();
  if (chat_id != 0) {
    if (!chat_file.empty()) in.Fail(node, "at most one of chat_id & chat_id_file must be configured");
    telegram.chat_id = SecretSource{Secret(std::to_string(chat_id)), ""};
  }
  if (telegram.chat_id.empty()) in.Fail(node, "missing chat_id or chat_id_file on telegram_config");
  in.Optional("message_thread_id", telegram.message_thread_id);
  in.Optional("message", telegram.message);
  in.Optional("disable_notifications", telegram.disable_notifications);
  in.Optional("parse_mode", telegram.parse_mode);
  const std::string& mode = telegram.parse_mode;
  if (!mode.empty() && mode != "HTML" && mode != "Markdown" && mode != "MarkdownV2") {
    in.Fail(*in.Take("parse_mode"),
            "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string");
  }
  in.Finish();
  return telegram;
}

}  // namespace tocsin::config
