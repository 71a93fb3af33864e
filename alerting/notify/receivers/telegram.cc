#include "alerting/notify/receivers/telegram.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/fields.h"
#include "alerting/notify/receivers/go_json.h"

namespace tocsin::notify {
namespace {

constexpr size_t kMaxTelegramRunes = 4096;
/// Cut, HTML could end within a tag, and Telegram would refuse it; so something else is said.
constexpr const char* kTelegramTooLong =
    "The notification could not be sent: it is longer than Telegram takes. Please check the template of its "
    "text.";

bool IsNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() < 19 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// As others answer, but how long to wait is said in the body.
SendResult JudgeTelegram(const http::ClientResponse& response) {
  SendResult result = JudgeStatus(response);
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  if (!body.is_object()) return result;
  const auto ok = body.find("ok");
  if (result.status && ok != body.end() && *ok == false) {
    result.status = Fail(ErrorCode::kInvalidArgument, "Telegram refused the message");
  }
  const auto parameters = body.find("parameters");
  if (result.status || parameters == body.end() || !parameters->is_object()) return result;
  const auto seconds = parameters->find("retry_after");
  if (seconds != parameters->end() && seconds->is_number_unsigned()) {
    result.retry_after = std::chrono::seconds(std::min<uint64_t>(seconds->get<uint64_t>(), 86'400));
  }
  return result;
}

}  // namespace

TelegramIntegration::TelegramIntegration(IntegrationId id, TelegramOptions options,
                                         const HttpServices& services)
    : HttpIntegration(std::move(id), options.send_resolved, options.http, Duration(10'000), services),
      options_(std::move(options)) {}

Result<HttpPlan> TelegramIntegration::Plan(const Notification& notification) const {
  auto token = options_.bot_token.Read();
  if (!token) return Fail(token.error().Retryable(true));
  auto chat = options_.chat_id.Read();
  if (!chat) return Fail(chat.error().Retryable(true));
  if (!IsNumber(chat->Reveal())) {
    return Fail(Error(ErrorCode::kInvalidArgument, "chat_id_file holds no number").Retryable(true));
  }
  const bool html = options_.parse_mode == "HTML";
  Fields fields(templates(), notification, html ? Markup::kHtml : Markup::kNone);
  std::string text =
      html ? fields.HtmlBody("message", options_.message) : fields.Body("message", options_.message);
  if (std::string cut = TruncateRunes(text, kMaxTelegramRunes); cut != text)
    text = html ? kTelegramTooLong : std::move(cut);
  nlohmann::ordered_json body;
  body["chat_id"] = chat->Reveal();
  body["text"] = std::move(text);
  if (options_.disable_notifications) body["disable_notification"] = "true";
  body["disable_web_page_preview"] = "true";
  if (options_.message_thread_id != 0) body["message_thread_id"] = std::to_string(options_.message_thread_id);
  if (!options_.parse_mode.empty()) body["parse_mode"] = options_.parse_mode;
  HttpPlan plan;
  plan.messages.push_back(
      {.url = Secret(fmt::format("{}/bot{}/sendMessage", options_.api_url, token->Reveal())),
       .body = GoJson(body) + "\n",
       .secrets = {token->Reveal()}});
  plan.judge = JudgeTelegram;
  plan.flaw = fields.flaw();
  return plan;
}

}  // namespace tocsin::notify
