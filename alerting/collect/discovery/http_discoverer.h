// http_sd_configs: targets from a URL that answers with JSON.
// https://prometheus.io/docs/prometheus/latest/http_sd/
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/collect/discovery/polling_discoverer.h"
#include "alerting/collect/transport.h"

namespace tocsin::collect {

struct HttpDiscoveryOptions {
  std::string url;
  Duration refresh_interval{60'000};
  TransportOptions transport;

  friend bool operator==(const HttpDiscoveryOptions&, const HttpDiscoveryOptions&) = default;
};

/// Reads [{"targets": ["host:port"], "labels": {"name": "value"}}]; each group carries `__meta_url`.
/// kInvalidArgument for anything else, an unknown field too.
Result<std::vector<TargetGroup>> ReadHttpTargets(std::string_view json, const std::string& url);

/// Of an answer: 200, application/json, and what ReadHttpTargets() takes.
Result<std::vector<TargetGroup>> ReadHttpAnswer(const http::ClientResponse& answer, const std::string& url);

class HttpDiscoverer final : public PollingDiscoverer {
 public:
  /// The client must outlive the strand's last task.
  HttpDiscoverer(HttpDiscoveryOptions options, http::Client& client, std::shared_ptr<async::Strand> strand,
                 const Logger& log);

 private:
  void Ask() override;

  const HttpDiscoveryOptions options_;
  http::Client& client_;
  std::unique_ptr<http::Client::Handle> in_flight_;
};

}  // namespace tocsin::collect
