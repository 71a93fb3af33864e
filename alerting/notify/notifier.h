// The notification room's front door: alerts come in, messages go out.
#pragma once

#include <memory>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/notify/notification_log.h"
#include "alerting/notify/options.h"
#include "alerting/notify/stats.h"
#include "base/async/strand.h"
#include "base/http/client.h"
#include "base/log.h"
#include "base/smtp/client.h"

namespace tocsin::notify {

/// Keeps the alerts that are known and what was told of them across reloads; the routing tree, groups and
/// receivers are a configuration's and are replaced with it. Thread safe. All of what comes in must outlive
/// it; its destructor ends what is under way and waits for nothing, so stop the executor's threads first, or
/// destroy the clients after it.
class Notifier final : public model::AlertSink {
 public:
  struct Services {
    async::Executor& executor;
    http::Client& http;
    smtp::Client& smtp;
    std::shared_ptr<NotificationLog> log;
    Logger logger;
    /// Uniform in [0, 1), thread safe: the jitter of retries. A generator of its own when empty.
    std::function<double()> random;
  };

  explicit Notifier(Services services);
  ~Notifier() override;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Builds everything, then swaps; on errors (templates that do not parse, routes without a receiver) what
  /// runs goes on as it was. Deliveries under way are begun anew by the new configuration. Until the first
  /// call alerts are only kept.
  Checked<void> Apply(const Options& options);

  void Receive(std::span<const model::AlertPtr> alerts) override;

  /// For /metrics, by integration; those of earlier configurations included.
  std::vector<IntegrationStats> Stats() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace tocsin::notify
