// docker_sd_configs: the containers of a Docker engine, with Prometheus 3.5's `__meta_docker_*` labels.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/collect/discovery/polling_discoverer.h"
#include "alerting/collect/transport.h"

namespace tocsin::collect {

struct DockerDiscoveryOptions {
  std::string host = {};  ///< "unix:///var/run/docker.sock", "tcp://host:2375", "http://…", "https://…"
  Duration refresh_interval{60'000};
  uint16_t port = 80;  ///< of containers that expose no TCP port
  std::string host_networking_host = "localhost";
  bool match_first_network = true;
  std::map<std::string, std::vector<std::string>> filters = {};
  TransportOptions transport = {};

  friend bool operator==(const DockerDiscoveryOptions&, const DockerDiscoveryOptions&) = default;
};

/// The targets that the engine's /containers/json and /networks describe. kInvalidArgument when they are not
/// what the engine's API says.
Result<TargetGroup> DockerTargets(std::string_view containers, std::string_view networks,
                                  const DockerDiscoveryOptions& options);

class DockerDiscoverer final : public PollingDiscoverer {
 public:
  /// The client must outlive the strand's last task.
  DockerDiscoverer(DockerDiscoveryOptions options, http::Client& client,
                   std::shared_ptr<async::Strand> strand, const Logger& log);

 private:
  using Handler = void (DockerDiscoverer::*)(std::string body);
  void Ask() override;
  void Get(const std::string& path, Handler next);
  void AskForNetworks(std::string containers);
  void Conclude(std::string body);

  const DockerDiscoveryOptions options_;
  http::Client& client_;
  std::unique_ptr<http::Client::Handle> in_flight_;
  std::string containers_;
};

}  // namespace tocsin::collect
