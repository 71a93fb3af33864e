// What the Docker Engine's API says of containers and networks, as far as targets need it.
// https://docs.docker.com/reference/api/engine/version/v1.43/#tag/Container/operation/ContainerList
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tocsin::collect::docker {

struct Port {
  std::string type;
  std::string ip;        ///< of the machine, where it is published
  unsigned inside = 0;   ///< PrivatePort
  unsigned outside = 0;  ///< PublicPort; 0 when it is not published
};

/// A container in a network.
struct Endpoint {
  std::string network_id;
  std::string ip;
};

struct Container {
  std::string id;
  std::vector<std::string> names;  ///< "/web"
  std::string network_mode;
  std::map<std::string, std::string> labels;
  std::vector<Port> ports;
  std::vector<Endpoint> endpoints;  ///< in the order of the networks' names
};

struct Network {
  std::string name;
  std::string scope;
  bool internal = false;
  bool ingress = false;
  std::map<std::string, std::string> labels;
};
using Networks = std::map<std::string, Network>;  ///< by id

/// kInvalidArgument when it is not what the API says.
Result<std::vector<Container>> ReadContainers(std::string_view json);
Result<Networks> ReadNetworks(std::string_view json);
/// {"name":["value"]}
std::string FiltersJson(const std::map<std::string, std::vector<std::string>>& filters);

}  // namespace tocsin::collect::docker
