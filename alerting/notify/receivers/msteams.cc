#include "alerting/notify/receivers/msteams.h"

#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/fields.h"
#include "alerting/notify/receivers/go_json.h"

namespace tocsin::notify {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

MsTeamsIntegration::MsTeamsIntegration(IntegrationId id, MsTeamsOptions options, const HttpServices& services)
    : HttpIntegration(std::move(id), options.send_resolved, options.http, Duration(10'000), services),
      options_(std::move(options)) {}

Result<HttpPlan> MsTeamsIntegration::Plan(const Notification& notification) const {
  auto url = options_.webhook_url.Read();
  if (!url) return Fail(url.error().Retryable(true));
  Fields fields(templates(), notification);
  const Json title = {{"type", "TextBlock"},
                      {"text", fields.Title("title", options_.title)},
                      {"weight", "Bolder"},
                      {"size", "Medium"},
                      {"wrap", true},
                      {"style", "heading"},
                      {"color", notification.AnyFiring() ? "Attention" : "Good"}};
  const Json text = {{"type", "TextBlock"}, {"text", fields.Body("text", options_.text)}, {"wrap", true}};
  const Json card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                     {"type", "AdaptiveCard"},
                     {"version", "1.2"},
                     {"body", Json::array({title, text})},
                     {"msteams", {{"width", "full"}}}};
  const Json attachment = {
      {"contentType", "application/vnd.microsoft.card.adaptive"}, {"contentUrl", nullptr}, {"content", card}};
  const Json body = {{"type", "message"}, {"attachments", Json::array({attachment})}};
  HttpPlan plan;
  plan.messages.push_back({.url = *std::move(url), .body = GoJson(body) + "\n"});
  plan.flaw = fields.flaw();
  return plan;
}

}  // namespace tocsin::notify
