#include "alerting/notify/receivers/webhook.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/go_json.h"
#include "alerting/notify/receivers/http_exchange.h"
#include "alerting/notify/template/data.h"

namespace tocsin::notify {
namespace {

using Json = nlohmann::ordered_json;

Json LabelsJson(const model::Labels& labels) {
  Json out = Json::object();
  for (const model::Label& label : labels) out[label.name] = label.value;
  return out;
}

Json AlertJson(const model::Alert& alert, bool firing) {
  Json out;
  out["status"] = firing ? "firing" : "resolved";
  out["labels"] = LabelsJson(alert.labels);
  out["annotations"] = LabelsJson(alert.annotations);
  out["startsAt"] = GoTime(alert.starts_at);
  out["endsAt"] = GoTime(firing ? kNoEnd : alert.ends_at);
  out["generatorURL"] = alert.generator_url;
  out["fingerprint"] = FingerprintText(alert.labels);
  return out;
}

}  // namespace

WebhookIntegration::WebhookIntegration(IntegrationId id, WebhookOptions options, std::string external_url,
                                       http::Client& client)
    : id_(std::move(id)),
      options_(std::move(options)),
      external_url_(std::move(external_url)),
      client_(client) {}

std::string WebhookIntegration::MakeBody(const Notification& notification) const {
  size_t count = notification.alerts.size();
  if (options_.max_alerts != 0) count = std::min<size_t>(count, options_.max_alerts);
  Json body;
  body["receiver"] = QuoteMeta(notification.receiver);
  body["status"] = notification.AnyFiring() ? "firing" : "resolved";
  body["alerts"] = Json::array();
  for (size_t i = 0; i < count; ++i) {
    const model::Alert& alert = *notification.alerts[i];
    body["alerts"].push_back(AlertJson(alert, notification.IsFiring(alert)));
  }
  body["notification_reason"] = notification.reason;
  body["groupLabels"] = LabelsJson(notification.group_labels);
  body["commonLabels"] = LabelsJson(CommonLabels(notification));
  body["commonAnnotations"] = LabelsJson(CommonAnnotations(notification));
  body["externalURL"] = external_url_;
  body["version"] = "4";
  body["groupKey"] = notification.group_key;
  body["truncatedAlerts"] = notification.alerts.size() - count;
  return GoJson(body) + "\n";
}

std::unique_ptr<Integration::Attempt> WebhookIntegration::Send(const Notification& notification,
                                                               Duration timeout, Done done) const {
  auto url = options_.url.Read();
  if (!url) return FailAttempt(url.error().Retryable(true), done);
  auto request = MakePost(options_.http, *url, MakeBody(notification), std::min(timeout, options_.timeout));
  if (!request) return FailAttempt(request.error().Retryable(true), done);
  request->headers.Add(kNotificationIdHeader, notification.id);
  return Exchange(client_, *std::move(request), JudgeStatus, std::move(done));
}

}  // namespace tocsin::notify
