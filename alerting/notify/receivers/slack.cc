#include "alerting/notify/receivers/slack.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/http_exchange.h"

namespace tocsin::notify {
namespace {

using Json = nlohmann::ordered_json;

/// Slack cuts titles at this length with an ellipsis of its own on some clients only.
constexpr size_t kMaxTitleRunes = 1024;

std::string Truncate(std::string text, size_t max_runes) {
  size_t runes = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    bool starts_rune = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
    if (starts_rune && runes++ == max_runes - 1) {
      size_t rest = i;
      do {
        ++rest;
      } while (rest < text.size() && (static_cast<unsigned char>(text[rest]) & 0xc0) == 0x80);
      if (rest == text.size()) return text;
      text.resize(i);
      return text + "\xE2\x80\xA6";
    }
  }
  return text;
}

/// Expands fields one after another, keeps the first failure, and leaves out what came out empty.
class FieldWriter {
 public:
  FieldWriter(const Templates& templates, const templating::Value& data)
      : templates_(templates), data_(data) {}

  std::string Expand(std::string_view name, const std::string& field) {
    auto text = templates_.Text(field, data_);
    if (text) return *std::move(text);
    if (!error_) error_ = text.error().WithContext(fmt::format("template of {}", name));
    return "";
  }
  void Put(Json& into, const char* key, const std::string& field) {
    std::string text = Expand(key, field);
    if (!text.empty()) into[key] = std::move(text);
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  const Templates& templates_;
  const templating::Value& data_;
  std::optional<Error> error_;
};

/// Slack's own words: "ok" as plain text, or JSON with "ok": true (its API, and servers like it).
SendResult JudgeAnswer(const http::ClientResponse& response) {
  SendResult result = JudgeStatus(response);
  if (!result.status ||
      response.headers.Get("Content-Type").find("application/json") == std::string_view::npos) {
    return result;
  }
  Json answer = Json::parse(response.body, nullptr, false);
  if (!answer.is_object() || !answer.contains("ok") || answer["ok"] == true) return result;
  std::string reason = "unknown error";
  if (auto error = answer.find("error"); error != answer.end() && error->is_string()) reason = *error;
  return {Fail(ErrorCode::kInvalidArgument, fmt::format("Slack refused the message: {}", reason)),
          std::nullopt};
}

}  // namespace

SlackIntegration::SlackIntegration(IntegrationId id, SlackOptions options,
                                   std::shared_ptr<const Templates> templates, http::Client& client,
                                   const Clock& clock)
    : id_(std::move(id)),
      options_(std::move(options)),
      templates_(std::move(templates)),
      client_(client),
      clock_(clock) {}

Result<std::string> SlackIntegration::MakeBody(const Notification& notification) const {
  templating::Value data = templates_->Data(notification);
  FieldWriter writer(*templates_, data);
  Json attachment;
  attachment["title"] = Truncate(writer.Expand("title", options_.title), kMaxTitleRunes);
  writer.Put(attachment, "title_link", options_.title_link);
  writer.Put(attachment, "pretext", options_.pretext);
  attachment["text"] = writer.Expand("text", options_.text);
  attachment["fallback"] = writer.Expand("fallback", options_.fallback);
  writer.Put(attachment, "callback_id", options_.callback_id);
  writer.Put(attachment, "image_url", options_.image_url);
  writer.Put(attachment, "thumb_url", options_.thumb_url);
  writer.Put(attachment, "footer", options_.footer);
  writer.Put(attachment, "color", options_.color);
  attachment["mrkdwn_in"] = options_.mrkdwn_in;
  for (const SlackField& field : options_.fields) {
    Json entry;
    entry["title"] = writer.Expand("fields", field.title);
    entry["value"] = writer.Expand("fields", field.value);
    entry["short"] = field.is_short.value_or(options_.short_fields);
    attachment["fields"].push_back(std::move(entry));
  }

  Json message;
  writer.Put(message, "channel", options_.channel);
  writer.Put(message, "username", options_.username);
  writer.Put(message, "icon_emoji", options_.icon_emoji);
  writer.Put(message, "icon_url", options_.icon_url);
  writer.Put(message, "text", options_.message_text);
  if (options_.link_names) message["link_names"] = true;
  message["attachments"] = Json::array({std::move(attachment)});
  if (const auto& error = writer.error(); error.has_value()) return Fail(*error);
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::unique_ptr<Integration::Attempt> SlackIntegration::Send(const Notification& notification,
                                                             Duration timeout, Done done) const {
  Duration paused = Timestamp::FromMillis(pause_->until_millis) - clock_.Now();
  if (paused > Duration(0)) {
    done({Fail(ErrorCode::kUnavailable, "Slack asked for a pause"), paused});
    return nullptr;
  }
  auto url = options_.api_url.Read();
  if (!url) return FailAttempt(url.error().Retryable(true), done);
  auto body = MakeBody(notification);
  if (!body) return FailAttempt(body.error(), done);
  auto request = MakePost(options_.http, *url, *std::move(body), std::min(timeout, options_.timeout));
  if (!request) return FailAttempt(request.error().Retryable(true), done);
  request->headers.Add(kNotificationIdHeader, notification.id);
  auto judge = [pause = pause_, &clock = clock_](const http::ClientResponse& response) {
    SendResult result = JudgeAnswer(response);
    if (result.retry_after) pause->until_millis = (clock.Now() + *result.retry_after).millis();
    return result;
  };
  return Exchange(client_, *std::move(request), judge, std::move(done));
}

}  // namespace tocsin::notify
