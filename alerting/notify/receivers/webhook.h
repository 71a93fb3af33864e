// Alertmanager's webhook: the notification as JSON, body version "4".
#pragma once

#include <memory>

#include "alerting/notify/options.h"
#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/template/templates.h"
#include "base/http/client.h"

namespace tocsin::notify {

class WebhookIntegration final : public Integration {
 public:
  /// `client` must outlive it.
  WebhookIntegration(IntegrationId id, WebhookOptions options, std::string external_url,
                     http::Client& client);

  const IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return options_.send_resolved; }
  std::unique_ptr<Attempt> Send(const Notification& notification, Duration timeout, Done done) const override;

  std::string MakeBody(const Notification& notification) const;

 private:
  IntegrationId id_;
  WebhookOptions options_;
  std::string external_url_;
  http::Client& client_;
};

}  // namespace tocsin::notify
