#include "alerting/notify/receivers/pagerduty.h"

#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/go_json.h"
#include "alerting/notify/template/tree.h"

namespace tocsin::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxEventBytes = 512'000;
constexpr size_t kMaxSummary = 1024;
constexpr const char* kPagerDutyOldUrl = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
constexpr const char* kDetailsRemoved =
    "Custom details have been removed because the original event exceeds the maximum size of 512KB";

void PutUnlessEmpty(Json& into, const char* key, std::string text) {
  if (!text.empty()) into[key] = std::move(text);
}

/// Version 1 says "slow down" with a 403.
SendResult JudgeOld(const http::ClientResponse& response) {
  SendResult result = JudgeStatus(response);
  if (response.status == 403) result.status = Fail(result.status.error().Retryable(true));
  return result;
}

}  // namespace

PagerDutyIntegration::PagerDutyIntegration(IntegrationId id, PagerDutyOptions options,
                                           const HttpServices& services)
    : HttpIntegration(std::move(id), options.send_resolved, options.http, options.timeout, services),
      options_(std::move(options)) {}

Json PagerDutyIntegration::Details(Fields& fields) const {
  Json details = Json::object();
  for (const auto& [name, value] : options_.details) {
    auto expanded =
        ExpandTree(value, [&](const std::string& text) { return templates().Text(text, fields.data()); });
    if (expanded) {
      details[name] = *std::move(expanded);
    } else {
      fields.AddFlaw(expanded.error().WithContext("template of details"));
      details[name] = expanded.error().message();
    }
  }
  return details;
}

Result<Json> PagerDutyIntegration::Event(Fields& fields, const Notification& notification,
                                         bool with_details) const {
  auto written = options_.routing_key.Read();
  if (!written) return Fail(written.error().Retryable(true));
  auto key = fields.Needed("routing_key", written->Reveal());
  if (!key) return Fail(key.error());
  if (key->empty()) return Fail(ErrorCode::kInvalidArgument, "the routing key is empty");
  Json event;
  event["routing_key"] = *key;
  event["dedup_key"] = HashOfGroup(notification);
  event["event_action"] = notification.AnyFiring() ? "trigger" : "resolve";
  Json payload;
  payload["summary"] = TruncateRunes(fields.Title("description", options_.description), kMaxSummary);
  payload["source"] = fields.Text("source", options_.source.empty() ? options_.client : options_.source);
  payload["severity"] = fields.Text("severity", options_.severity);
  PutUnlessEmpty(payload, "class", fields.Text("class", options_.class_name));
  PutUnlessEmpty(payload, "component", fields.Text("component", options_.component));
  PutUnlessEmpty(payload, "group", fields.Text("group", options_.group));
  payload["custom_details"] = with_details ? Details(fields) : Json{{"error", kDetailsRemoved}};
  event["payload"] = std::move(payload);
  PutUnlessEmpty(event, "client", fields.Text("client", options_.client));
  PutUnlessEmpty(event, "client_url", fields.Text("client_url", options_.client_url));
  for (const PagerDutyImage& image : options_.images) {
    const std::string source = fields.Text("images", image.src);
    Json entry = {{"src", source},
                  {"alt", fields.Text("images", image.alt)},
                  {"href", fields.Text("images", image.href)}};
    if (!source.empty()) event["images"].push_back(std::move(entry));
  }
  for (const PagerDutyLink& link : options_.links) {
    const std::string target = fields.Text("links", link.href);
    Json entry = {{"href", target}, {"text", fields.Text("links", link.text)}};
    if (!target.empty()) event["links"].push_back(std::move(entry));
  }
  return event;
}

Result<Json> PagerDutyIntegration::OldEvent(Fields& fields, const Notification& notification,
                                            bool with_details) const {
  auto written = options_.service_key.Read();
  if (!written) return Fail(written.error().Retryable(true));
  auto key = fields.Needed("service_key", written->Reveal());
  if (!key) return Fail(key.error());
  if (key->empty()) return Fail(ErrorCode::kInvalidArgument, "the service key is empty");
  const bool firing = notification.AnyFiring();
  Json event;
  event["service_key"] = *key;
  event["incident_key"] = HashOfGroup(notification);
  event["event_type"] = firing ? "trigger" : "resolve";
  event["description"] = TruncateRunes(fields.Title("description", options_.description), kMaxSummary);
  event["event_action"] = "";
  event["payload"] = nullptr;
  if (firing) {
    PutUnlessEmpty(event, "client", fields.Text("client", options_.client));
    PutUnlessEmpty(event, "client_url", fields.Text("client_url", options_.client_url));
  }
  event["details"] = with_details ? Details(fields) : Json{{"error", kDetailsRemoved}};
  return event;
}

Result<HttpPlan> PagerDutyIntegration::Plan(const Notification& notification) const {
  const bool old = !options_.service_key.empty();
  Fields fields(templates(), notification);
  const auto make = [&](bool with_details) {
    return old ? OldEvent(fields, notification, with_details) : Event(fields, notification, with_details);
  };
  auto event = make(true);
  if (!event) return Fail(event.error());
  std::string body = GoJson(*event) + "\n";
  if (body.size() > kMaxEventBytes) {
    event = make(false);
    if (!event) return Fail(event.error());
    body = GoJson(*event) + "\n";
  }
  HttpPlan plan;
  plan.messages.push_back({.url = Secret(old ? kPagerDutyOldUrl : options_.url),
                           .body = std::move(body),
                           .secrets = {(*event)[old ? "service_key" : "routing_key"].get<std::string>()}});
  if (old) plan.judge = JudgeOld;
  plan.flaw = fields.flaw();
  return plan;
}

}  // namespace tocsin::notify
