// Mail: a text and an HTML part, over SMTP.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "alerting/notify/receivers/fields.h"
#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/receivers/options.h"
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

  /// The mail whole, with its envelope, and what is wrong with it; fails when an address does.
  Result<smtp::Mail> MakeMail(const Notification& notification, std::optional<Error>& flaw) const;

 private:
  Result<std::string> MakeHeaders(Fields& fields, const Notification& notification,
                                  const std::string& message_id) const;
  std::string ThreadHeaders(const Notification& notification) const;
  Status AddCredentials(smtp::Mail& mail) const;
  smtp::Security SecurityOf() const;

  IntegrationId id_;
  EmailOptions options_;
  std::shared_ptr<const Templates> templates_;
  smtp::Client& client_;
  const Clock& clock_;
};

}  // namespace tocsin::notify
