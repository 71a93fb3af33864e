#include "alerting/notify/receivers/webhook.h"

#include <algorithm>

#include "alerting/notify/receivers/go_json.h"
#include "alerting/notify/template/data.h"
#include "alerting/notify/template/tree.h"

namespace tocsin::notify {
namespace {

/// Most messages of one alert fit.
constexpr size_t kUsualBytes = 1000;

void AppendLabels(std::string& out, const model::Labels& labels) {
  out += '{';
  for (const model::LabelView label : labels) {
    if (out.back() != '{') out += ',';
    AppendGoJson(out, label.name);
    out += ':';
    AppendGoJson(out, label.value);
  }
  out += '}';
}

void AppendAlert(std::string& out, const model::Alert& alert, bool firing) {
  out.append(R"({"status":")").append(firing ? "firing" : "resolved");
  out += R"(","labels":)";
  AppendLabels(out, alert.labels);
  out += R"(,"annotations":)";
  AppendLabels(out, alert.annotations);
  out.append(R"(,"startsAt":")").append(GoTime(alert.starts_at));
  out.append(R"(","endsAt":")").append(GoTime(firing ? kNoEnd : alert.ends_at));
  out += R"(","generatorURL":)";
  AppendGoJson(out, alert.generator_url);
  out.append(R"(,"fingerprint":")").append(FingerprintText(alert.labels)).append("\"}");
}

}  // namespace

WebhookIntegration::WebhookIntegration(IntegrationId id, WebhookOptions options, std::string external_url,
                                       const HttpServices& services)
    : HttpIntegration(std::move(id), options.send_resolved, options.http, options.timeout, services),
      options_(std::move(options)),
      external_url_(std::move(external_url)) {}

std::string WebhookIntegration::MakeBody(const Notification& notification) const {
  size_t count = notification.alerts.size();
  if (options_.max_alerts != 0) count = std::min<size_t>(count, options_.max_alerts);
  std::string body;
  body.reserve(kUsualBytes);
  body += R"({"receiver":)";
  AppendGoJson(body, QuoteMeta(notification.receiver));
  body.append(R"(,"status":")").append(notification.AnyFiring() ? "firing" : "resolved");
  body += R"(","alerts":[)";
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) body += ',';
    const model::Alert& alert = *notification.alerts[i];
    AppendAlert(body, alert, notification.IsFiring(alert));
  }
  body += R"(],"notification_reason":)";
  AppendGoJson(body, notification.reason);
  body += R"(,"groupLabels":)";
  AppendLabels(body, notification.group_labels);
  body += R"(,"commonLabels":)";
  AppendLabels(body, CommonLabels(notification));
  body += R"(,"commonAnnotations":)";
  AppendLabels(body, CommonAnnotations(notification));
  body += R"(,"externalURL":)";
  AppendGoJson(body, external_url_);
  body += R"(,"version":"4","groupKey":)";
  AppendGoJson(body, notification.group_key.text());
  body += R"(,"truncatedAlerts":)";
  body.append(std::to_string(notification.alerts.size() - count)).append("}\n");
  return body;
}

Result<HttpPlan> WebhookIntegration::Plan(const Notification& notification) const {
  auto url = options_.url.Read();
  if (!url) return Fail(url.error().Retryable(true));
  HttpPlan plan;
  HttpMessage message;
  message.url = *std::move(url);
  if (options_.payload) {
    const templating::Value data = templates().Data(notification);
    auto body =
        ExpandTree(*options_.payload, [&](const std::string& text) { return templates().Text(text, data); });
    if (body) {
      message.body = GoJson(*body) + "\n";
    } else {
      plan.flaw = body.error().WithContext("template of payload");
    }
  }
  if (message.body.empty()) message.body = MakeBody(notification);
  plan.messages.push_back(std::move(message));
  return plan;
}

}  // namespace tocsin::notify
