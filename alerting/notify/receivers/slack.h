// Slack: a message with one attachment (api.slack.com/reference/messaging/attachments), to an incoming
// webhook or as a bot by the Web API's chat.postMessage. Servers that take the same JSON (Mattermost,
// Rocket.Chat) do as well.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "alerting/notify/receivers/fields.h"
#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {

/// A 429 is tried again, not before its Retry-After has passed, by any group. With `update_message` the
/// group's first message is changed by the later ones, and a new one is posted when it is gone.
class SlackIntegration final : public HttpIntegration {
 public:
  SlackIntegration(IntegrationId id, SlackOptions options, const HttpServices& services);

  Result<HttpPlan> Plan(const Notification& notification) const override;

 protected:
  std::optional<Duration> Paused() const override;

 private:
  /// Shared with answers that arrive late.
  struct Pause {
    std::atomic<int64_t> until_millis{0};
  };

  std::string MakeBody(Fields& fields, const Notification& notification) const;

  SlackOptions options_;
  std::shared_ptr<Pause> pause_ = std::make_shared<Pause>();
};

}  // namespace tocsin::notify
