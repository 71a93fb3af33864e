// The way out: one configured Slack channel, mailbox or webhook.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "alerting/notify/notification.h"
#include "base/error.h"

namespace tocsin::notify {

/// How one attempt went. The error's retryable() says whether another one can help.
struct SendResult {
  Status status = {};
  /// How long the receiver asked us to leave it alone (Retry-After).
  std::optional<Duration> retry_after = {};
  /// What was wrong with the message that went out all the same: a template that failed.
  std::optional<Error> flaw = {};
  /// How the receiver names the message, to be changed by the group's next; "" when there is none to change
  /// any more. Also of a failure.
  std::optional<std::string> thread = {};
};

/// Immutable; thread safe.
class Integration {
 public:
  virtual ~Integration() = default;

  virtual const IntegrationId& id() const = 0;
  /// Whether the receiver wants to hear that alerts are over.
  virtual bool send_resolved() const = 0;

  /// Keeps one attempt going; destroyed before `done` was called, it ends the attempt, and `done` is not
  /// called any more unless it is running at that moment.
  class Attempt {
   public:
    virtual ~Attempt() = default;
  };
  using Done = std::function<void(SendResult)>;

  /// Starts one attempt and returns at once; `done` is called once, on any thread, perhaps before Send
  /// returns, within `timeout` or little more. The notification is copied where it is needed longer.
  [[nodiscard]] virtual std::unique_ptr<Attempt> Send(const Notification& notification, Duration timeout,
                                                      Done done) const = 0;
};

}  // namespace tocsin::notify
