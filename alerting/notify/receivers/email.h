// Mail: a text and an HTML part, over SMTP.
#pragma once

#include <memory>

#include "alerting/notify/options.h"
#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/template/templates.h"
#include "base/smtp/client.h"

namespace tocsin::notify {

class EmailIntegration final : public Integration {
 public:
  /// `client` and `clock` must outlive it.
  EmailIntegration(IntegrationId id, EmailOptions options, std::shared_ptr<const Templates> templates,
                   smtp::Client& client, const Clock& clock);

  const IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return options_.send_resolved; }
  std::unique_ptr<Attempt> Send(const Notification& notification, Duration timeout, Done done) const override;

  /// The mail whole, with its envelope; fails when a template or an address does.
  Result<smtp::Mail> MakeMail(const Notification& notification) const;

 private:
  Result<std::string> MakeHeaders(const templating::Value& data, const std::string& message_id,
                                  const std::string& notification_id) const;
  smtp::Security SecurityOf() const;

  IntegrationId id_;
  EmailOptions options_;
  std::shared_ptr<const Templates> templates_;
  smtp::Client& client_;
  const Clock& clock_;
};

}  // namespace tocsin::notify
