#include "alerting/collect/discovery/docker_discoverer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "alerting/collect/discovery/docker_json.h"

namespace tocsin::collect {
namespace {

using docker::Container;
using docker::Endpoint;

constexpr std::string_view kPrefix = "__meta_docker_";

/// All that is not of a label's name becomes "_".
std::string Sanitized(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fits) c = '_';
  }
  return out;
}

void Put(model::LabelsBuilder& labels, std::string_view name, std::string_view value) {
  labels.Set(std::string(kPrefix).append(name), value);
}

std::string Address(const std::string& ip, unsigned port) {
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, port)
                                           : fmt::format("[{}]:{}", ip, port);
}

/// One engine's containers and networks on their way to targets.
class Mapping {
 public:
  Mapping(const std::vector<Container>& containers, const docker::Networks& networks,
          const DockerDiscoveryOptions& options)
      : containers_(containers), networks_(networks), options_(options) {
    for (const Container& container : containers_) by_id_.emplace(container.id, &container);
  }

  std::vector<model::Labels> Targets() {
    for (const Container& container : containers_) {
      if (!container.names.empty()) AddContainer(container);
    }
    return std::move(targets_);
  }

 private:
  void AddContainer(const Container& container) {
    for (const Endpoint& endpoint : Endpoints(container)) {
      bool added = false;
      for (const docker::Port& port : container.ports) {
        if (port.type != "tcp") continue;
        AddPort(container, endpoint, port);
        added = true;
      }
      if (!added) AddWithoutPort(container, endpoint);
    }
  }

  /// A container that shares another's network has none of its own.
  std::vector<Endpoint> Endpoints(const Container& container) const {
    const Container* owner = &container;
    constexpr std::string_view kShares = "container:";
    for (size_t hops = 0; owner->endpoints.empty() && hops < containers_.size(); ++hops) {
      if (!owner->network_mode.starts_with(kShares)) break;
      const auto found = by_id_.find(std::string_view(owner->network_mode).substr(kShares.size()));
      if (found == by_id_.end()) break;
      owner = found->second;
    }
    std::vector<Endpoint> endpoints = owner->endpoints;  // by name
    if (options_.match_first_network && endpoints.size() > 1) endpoints.resize(1);
    return endpoints;
  }

  model::LabelsBuilder CommonLabels(const Container& container, const Endpoint& endpoint) const {
    model::LabelsBuilder labels;
    Put(labels, "container_id", container.id);
    Put(labels, "container_name", container.names.front());
    Put(labels, "container_network_mode", container.network_mode);
    for (const auto& [name, value] : container.labels)
      Put(labels, "container_label_" + Sanitized(name), value);
    Put(labels, "network_ip", endpoint.ip);
    const auto network = networks_.find(endpoint.network_id);
    if (network == networks_.end()) return labels;
    Put(labels, "network_id", endpoint.network_id);
    Put(labels, "network_name", network->second.name);
    Put(labels, "network_scope", network->second.scope);
    Put(labels, "network_internal", network->second.internal ? "true" : "false");
    Put(labels, "network_ingress", network->second.ingress ? "true" : "false");
    for (const auto& [name, value] : network->second.labels)
      Put(labels, "network_label_" + Sanitized(name), value);
    return labels;
  }

  void AddPort(const Container& container, const Endpoint& endpoint, const docker::Port& port) {
    model::LabelsBuilder labels = CommonLabels(container, endpoint);
    Put(labels, "port_private", fmt::format("{}", port.inside));
    if (port.outside > 0) {
      Put(labels, "port_public", fmt::format("{}", port.outside));
      Put(labels, "port_public_ip", port.ip);
    }
    labels.Set("__address__", Address(endpoint.ip, port.inside));
    targets_.push_back(labels.Build());
  }

  void AddWithoutPort(const Container& container, const Endpoint& endpoint) {
    model::LabelsBuilder labels = CommonLabels(container, endpoint);
    labels.Set("__address__", container.network_mode == "host" ? options_.host_networking_host
                                                               : Address(endpoint.ip, options_.port));
    targets_.push_back(labels.Build());
  }

  const std::vector<Container>& containers_;
  const docker::Networks& networks_;
  const DockerDiscoveryOptions& options_;
  std::map<std::string_view, const Container*> by_id_;
  std::vector<model::Labels> targets_;
};

std::string BaseUrl(const std::string& host) {
  if (host.starts_with("unix://")) return "http://localhost";
  if (host.starts_with("tcp://")) return "http://" + host.substr(std::string_view("tcp://").size());
  return host;
}

}  // namespace

Result<TargetGroup> DockerTargets(std::string_view containers, std::string_view networks,
                                  const DockerDiscoveryOptions& options) {
  const Result<std::vector<Container>> running = docker::ReadContainers(containers);
  if (!running) return Fail(running.error());
  const Result<docker::Networks> known = docker::ReadNetworks(networks);
  if (!known) return Fail(known.error());
  TargetGroup group;
  group.source = "Docker";
  group.targets = Mapping(*running, *known, options).Targets();
  if (group.targets.size() > kMostDiscovered) {
    return Fail(ErrorCode::kResourceExhausted, fmt::format("more than {} targets", kMostDiscovered));
  }
  return group;
}

DockerDiscoverer::DockerDiscoverer(DockerDiscoveryOptions options, http::Client& client,
                                   std::shared_ptr<async::Strand> strand, const Logger& log)
    : PollingDiscoverer(std::move(strand), options.refresh_interval,
                        log.With({{"docker_host", http::RedactUrl(options.host)}})),
      options_(std::move(options)),
      client_(client) {}

void DockerDiscoverer::Ask() {
  std::string path = "/containers/json";
  if (!options_.filters.empty()) path += "?filters=" + http::UrlEncode(docker::FiltersJson(options_.filters));
  Get(path, &DockerDiscoverer::AskForNetworks);
}

void DockerDiscoverer::Get(const std::string& path, Handler next) {
  constexpr std::string_view kUnix = "unix://";
  Result<http::ClientRequest> request =
      MakeRequest(options_.transport, BaseUrl(options_.host) + path, interval_);
  if (!request) return Answer(Fail(request.error()));
  if (options_.host.starts_with(kUnix)) request->unix_socket = options_.host.substr(kUnix.size());
  request->max_response_bytes = kMostDiscoveryBytes;
  in_flight_ =
      client_.Send(std::move(*request), Later([this, next](Result<http::ClientResponse> answer) {
                     in_flight_.reset();
                     constexpr int kOkay = 200;
                     if (!answer) return Answer(Fail(answer.error()));
                     if (answer->status != kOkay) {
                       return Answer(Fail(ErrorCode::kUnavailable,
                                          fmt::format("the engine answers with HTTP status {} {}",
                                                      answer->status, http::StatusText(answer->status))));
                     }
                     (this->*next)(std::move(answer->body));
                   }));
}

void DockerDiscoverer::AskForNetworks(std::string containers) {
  containers_ = std::move(containers);
  Get("/networks", &DockerDiscoverer::Conclude);
}

void DockerDiscoverer::Conclude(std::string body) {
  const std::string containers = std::move(containers_);
  const std::string networks = std::move(body);
  Answer(DockerTargets(containers, networks, options_).map([](TargetGroup group) {
    return std::vector<TargetGroup>{std::move(group)};
  }));
}

}  // namespace tocsin::collect
