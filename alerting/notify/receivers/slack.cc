#include "alerting/notify/receivers/slack.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/go_json.h"

namespace tocsin::notify {
namespace {

using Json = nlohmann::ordered_json;

/// Slack cuts titles at this length with an ellipsis of its own on some clients only.
constexpr size_t kMaxTitleRunes = 1024;

/// Posted messages are named "channel timestamp" between us and the notification log.
struct Posted {
  std::string channel;
  std::string timestamp;
};

Posted SplitThread(const std::string& thread) {
  const size_t space = std::min(thread.find(' '), thread.size());
  return {thread.substr(0, space), thread.substr(std::min(space + 1, thread.size()))};
}

std::string TextAt(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Errors of the Web API that pass: api.slack.com/methods/chat.postMessage#errors.
bool MayPass(std::string_view error) {
  constexpr std::string_view kPassing[] = {"ratelimited",    "rate_limited", "service_unavailable",
                                           "internal_error", "fatal_error",  "request_timeout"};
  return std::find(std::begin(kPassing), std::end(kPassing), error) != std::end(kPassing);
}

/// Slack's own words: "ok" as plain text, or JSON with "ok": true (its API, and servers like it).
SendResult JudgeAnswer(const http::ClientResponse& response, bool updates) {
  SendResult result = JudgeStatus(response);
  if (!result.status ||
      response.headers.Get("Content-Type").find("application/json") == std::string_view::npos) {
    return result;
  }
  const Json answer = Json::parse(response.body, nullptr, false);
  if (!answer.is_object()) return result;
  if (!answer.contains("ok") || answer["ok"] == true) {
    if (updates && !TextAt(answer, "ts").empty())
      result.thread = TextAt(answer, "channel") + " " + TextAt(answer, "ts");
    return result;
  }
  const std::string reason = TextAt(answer, "error");
  Error error(ErrorCode::kInvalidArgument,
              fmt::format("Slack refused the message: {}", reason.empty() ? "unknown error" : reason));
  const bool gone = reason == "message_not_found" || reason == "cant_update_message";
  if (gone) result.thread = "";  // the next attempt posts a new one
  result.status = Fail(error.Retryable(gone || MayPass(reason)));
  return result;
}

Json FieldsJson(Fields& fields, const SlackOptions& options) {
  Json list = Json::array();
  for (const SlackField& field : options.fields) {
    list.push_back({{"title", fields.Text("fields", field.title)},
                    {"value", fields.Text("fields", field.value)},
                    {"short", field.is_short.value_or(options.short_fields)}});
  }
  return list;
}

Json ActionsJson(Fields& fields, const std::vector<SlackAction>& actions) {
  Json list = Json::array();
  for (const SlackAction& action : actions) {
    Json entry;
    const auto put = [&fields](Json& into, const char* key, const std::string& field) {
      if (std::string text = fields.Text("actions", field); !text.empty()) into[key] = std::move(text);
    };
    put(entry, "type", action.type);
    put(entry, "text", action.text);
    put(entry, "url", action.url);
    put(entry, "style", action.style);
    put(entry, "name", action.name);
    put(entry, "value", action.value);
    if (action.confirm) {
      put(entry["confirm"], "text", action.confirm->text);
      put(entry["confirm"], "title", action.confirm->title);
      put(entry["confirm"], "ok_text", action.confirm->ok_text);
      put(entry["confirm"], "dismiss_text", action.confirm->dismiss_text);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

SlackIntegration::SlackIntegration(IntegrationId id, SlackOptions options, const HttpServices& services)
    : HttpIntegration(std::move(id), options.send_resolved, options.http, options.timeout, services),
      options_(std::move(options)) {}

std::string SlackIntegration::MakeBody(Fields& fields, const Notification& notification) const {
  const auto put = [&fields](Json& into, const char* key, const std::string& field) {
    if (std::string text = fields.Text(key, field); !text.empty()) into[key] = std::move(text);
  };
  Json attachment;
  std::string title = TruncateRunes(fields.Title("title", options_.title), kMaxTitleRunes);
  if (!title.empty()) attachment["title"] = std::move(title);
  put(attachment, "title_link", options_.title_link);
  put(attachment, "pretext", options_.pretext);
  attachment["text"] = fields.Body("text", options_.text);
  attachment["fallback"] = fields.Title("fallback", options_.fallback);
  attachment["callback_id"] = fields.Text("callback_id", options_.callback_id);
  if (Json list = FieldsJson(fields, options_); !list.empty()) attachment["fields"] = std::move(list);
  if (Json list = ActionsJson(fields, options_.actions); !list.empty())
    attachment["actions"] = std::move(list);
  put(attachment, "image_url", options_.image_url);
  put(attachment, "thumb_url", options_.thumb_url);
  attachment["footer"] = fields.Text("footer", options_.footer);
  put(attachment, "color", options_.color);
  if (!options_.mrkdwn_in.empty()) attachment["mrkdwn_in"] = options_.mrkdwn_in;

  Json message;
  const Posted posted = SplitThread(notification.thread);
  if (posted.timestamp.empty()) {
    put(message, "channel", options_.channel);
  } else {
    message["channel"] = posted.channel;
    message["ts"] = posted.timestamp;
  }
  put(message, "username", options_.username);
  put(message, "icon_emoji", options_.icon_emoji);
  put(message, "icon_url", options_.icon_url);
  put(message, "text", options_.message_text);
  if (options_.link_names) message["link_names"] = true;
  message["attachments"] = Json::array({std::move(attachment)});
  return GoJson(message) + "\n";
}

std::optional<Duration> SlackIntegration::Paused() const {
  const Duration left = Timestamp::FromMillis(pause_->until_millis) - clock().Now();
  return left > Duration(0) ? std::optional(left) : std::nullopt;
}

Result<HttpPlan> SlackIntegration::Plan(const Notification& notification) const {
  auto url = options_.api_url.Read();
  if (!url) return Fail(url.error().Retryable(true));
  HttpMessage message{.url = *url, .body = ""};
  if (!options_.app_token.empty()) {
    auto token = options_.app_token.Read();
    if (!token) return Fail(token.error().Retryable(true));
    message.headers.Set("Authorization", "Bearer " + token->Reveal());
  }
  if (!notification.thread.empty()) {
    constexpr std::string_view kPost = "chat.postMessage";
    std::string text = url->Reveal();
    if (text.ends_with(kPost)) text.replace(text.size() - kPost.size(), kPost.size(), "chat.update");
    message.url = Secret(std::move(text));
  }
  Fields fields(templates(), notification, Markup::kSlack);
  message.body = MakeBody(fields, notification);
  HttpPlan plan;
  plan.messages.push_back(std::move(message));
  plan.flaw = fields.flaw();
  plan.judge = [pause = pause_, updates = options_.update_message,
                &clock = clock()](const http::ClientResponse& response) {
    SendResult result = JudgeAnswer(response, updates);
    if (result.retry_after) pause->until_millis = (clock.Now() + *result.retry_after).millis();
    return result;
  };
  return plan;
}

}  // namespace tocsin::notify
