// Slack's incoming webhooks: a message with one attachment (api.slack.com/reference/messaging/attachments).
// Servers that take the same JSON (Mattermost, Rocket.Chat) do as well.
#pragma once

#include <atomic>
#include <memory>

#include "alerting/notify/options.h"
#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/template/templates.h"
#include "base/http/client.h"

namespace tocsin::notify {

/// A 429 is tried again, not before its Retry-After has passed, by any group.
class SlackIntegration final : public Integration {
 public:
  /// `client` and `clock` must outlive it.
  SlackIntegration(IntegrationId id, SlackOptions options, std::shared_ptr<const Templates> templates,
                   http::Client& client, const Clock& clock);

  const IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return options_.send_resolved; }
  std::unique_ptr<Attempt> Send(const Notification& notification, Duration timeout, Done done) const override;

  /// The message's JSON; fails when a template does.
  Result<std::string> MakeBody(const Notification& notification) const;

 private:
  /// Shared with answers that arrive late.
  struct Pause {
    std::atomic<int64_t> until_millis{0};
  };

  IntegrationId id_;
  SlackOptions options_;
  std::shared_ptr<const Templates> templates_;
  http::Client& client_;
  const Clock& clock_;
  std::shared_ptr<Pause> pause_ = std::make_shared<Pause>();
};

}  // namespace tocsin::notify
