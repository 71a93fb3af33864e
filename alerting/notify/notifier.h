// The notification room's front door: alerts come in, messages go out.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/notify/evidence/evidence.h"
#include "alerting/notify/notification_log.h"
#include "alerting/notify/options.h"
#include "alerting/notify/silence/silences.h"
#include "alerting/notify/stages/compose.h"
#include "alerting/notify/stats.h"
#include "alerting/notify/view.h"
#include "base/async/strand.h"
#include "base/http/client.h"
#include "base/log.h"
#include "base/smtp/client.h"

namespace tocsin::notify {

/// Where alerts are kept across restarts. Called one at a time; returns at once.
class AlertKeeper {
 public:
  virtual ~AlertKeeper() = default;
  virtual void Keep(const model::Alert& alert) = 0;
  virtual void Forget(const model::Labels& labels) = 0;
  /// Notes that we were alive at that moment.
  virtual void Beat(Timestamp now) = 0;
  /// Calls `done`, on any thread, when all that was kept before is safe, or could not be made so.
  virtual void WhenSafe(std::function<void(Status)> done) = 0;
};

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
    std::shared_ptr<Silences> silences;
    std::shared_ptr<AlertKeeper> keeper;  ///< null: alerts live as long as the process
    PipelineOptions pipeline;
    Logger logger;
    /// Whom to ask for the log lines of an alert; empty: nobody.
    Evidence::Targets evidence_targets = {};
    /// Uniform in [0, 1), thread safe: the jitter of retries. A generator of its own when empty.
    std::function<double()> random;
  };

  explicit Notifier(Services services);
  ~Notifier() override;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Takes in what an earlier process knew; to be called before the first Apply(). An alert that fired when
  /// that process was last alive, by `alive_at`, gets resolve_timeout from now to be sent again.
  void Restore(std::vector<model::Alert> alerts, Timestamp alive_at);

  /// Builds everything, then swaps; on errors (templates that do not parse, routes without a receiver) what
  /// runs goes on as it was. Deliveries under way are begun anew by the new configuration. Until the first
  /// call alerts are only kept.
  Checked<void> Apply(const Options& options);

  /// From the rules: an alert that asks for log lines is held until they are there (evidence/evidence.h).
  void Receive(std::span<const model::AlertPtr> alerts) override;
  /// From outside, where alerts get no log lines; `done` is called when the alerts would survive the process,
  /// or could not be made to.
  void Receive(std::span<const model::AlertPtr> alerts, std::function<void(Status)> done);

  /// Hands what is known now to `done`, on the executor.
  void Look(std::function<void(View)> done) const;
  /// Of the configuration in force: after it an alert that names no end is taken for resolved.
  Duration resolve_timeout() const;

  /// For /metrics, by integration; those of earlier configurations included.
  std::vector<IntegrationStats> Stats() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace tocsin::notify
