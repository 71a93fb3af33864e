// Hands alerts to real Alertmanagers: to all of them that are found, by API v2, in batches. A queue lies
// between, so that a slow one holds up nothing, and loses the oldest alerts when it is full.
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#alertmanager_config
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "alerting/config/alertmanagers.h"
#include "alerting/model/alert.h"
#include "base/async/strand.h"
#include "base/dns/resolver.h"
#include "base/exposition/duration_summary.h"
#include "base/http/client.h"
#include "base/log.h"

namespace tocsin::app {

struct AlertmanagerLimits {
  size_t queue = 10'000;  ///< alerts
  size_t batch = 256;     ///< alerts a request
  /// A batch that no Alertmanager took is sent again this often, a second and then twice as long apart.
  int attempts = 4;
};

struct AlertmanagerStats {
  /// One that alerts are sent to.
  struct Manager {
    std::string url;
    uint64_t sent = 0;    ///< alerts in all requests to it
    uint64_t errors = 0;  ///< alerts in requests that failed
    exposition::SummaryReading latency;
  };
  std::vector<Manager> managers;      ///< by URL
  std::vector<std::string> unwanted;  ///< URLs of those that relabelling drops

  uint64_t taken = 0;    ///< alerts that an Alertmanager took, counted for each
  uint64_t errors = 0;   ///< alerts in requests that failed, counted for each
  uint64_t dropped = 0;  ///< alerts that no Alertmanager took, or that the queue had no room for
  uint64_t queued = 0;
  uint64_t queue_capacity = 0;
};

/// Thread safe. The executor's threads must end before the HTTP client and the resolver.
class Alertmanagers final : public model::AlertSink {
 public:
  Alertmanagers(async::Executor& executor, http::Client& http, dns::Resolver& resolver, Logger log,
                AlertmanagerLimits limits = {});
  ~Alertmanagers() override;
  Alertmanagers(const Alertmanagers&) = delete;
  Alertmanagers& operator=(const Alertmanagers&) = delete;

  /// kInvalidArgument for relabelling that does not compile; then nothing changes. A set that is configured
  /// as before goes on with what it has found.
  Status Apply(const config::AlertingOptions& options);
  void Receive(std::span<const model::AlertPtr> alerts) override;

  AlertmanagerStats stats() const;

 private:
  class Sender;
  std::shared_ptr<Sender> sender_;
};

/// The JSON that POST /api/v2/alerts takes.
std::string AlertsBody(std::span<const model::AlertPtr> alerts);

}  // namespace tocsin::app
