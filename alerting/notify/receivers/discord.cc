#include "alerting/notify/receivers/discord.h"

#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/fields.h"
#include "alerting/notify/receivers/go_json.h"

namespace tocsin::notify {
namespace {

// discord.com/developers/docs/resources/message#embed-object-embed-limits, and of a message's content.
constexpr size_t kMaxEmbedTitle = 256;
constexpr size_t kMaxEmbedDescription = 4096;
constexpr size_t kMaxDiscordContent = 2000;

constexpr int kFiringColor = 0x992D22;
constexpr int kResolvedColor = 0x2ECC71;

}  // namespace

DiscordIntegration::DiscordIntegration(IntegrationId id, DiscordOptions options, const HttpServices& services)
    : HttpIntegration(std::move(id), options.send_resolved, options.http, Duration(10'000), services),
      options_(std::move(options)) {}

Result<HttpPlan> DiscordIntegration::Plan(const Notification& notification) const {
  auto url = options_.webhook_url.Read();
  if (!url) return Fail(url.error().Retryable(true));
  Fields fields(templates(), notification);
  nlohmann::ordered_json body;
  body["content"] = TruncateRunes(fields.Text("content", options_.content), kMaxDiscordContent);
  nlohmann::ordered_json embed;
  embed["title"] = TruncateRunes(fields.Title("title", options_.title), kMaxEmbedTitle);
  embed["description"] = TruncateRunes(fields.Body("message", options_.message), kMaxEmbedDescription);
  embed["color"] = notification.AnyFiring() ? kFiringColor : kResolvedColor;
  body["embeds"].push_back(std::move(embed));
  if (!options_.username.empty()) body["username"] = options_.username;
  if (!options_.avatar_url.empty()) body["avatar_url"] = options_.avatar_url;
  HttpPlan plan;
  plan.messages.push_back({.url = *std::move(url), .body = GoJson(body) + "\n"});
  plan.flaw = fields.flaw();
  return plan;
}

}  // namespace tocsin::notify
