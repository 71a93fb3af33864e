#include "alerting/collect/discovery/docker_json.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace tocsin::collect::docker {
namespace {

using Json = nlohmann::json;

/// The member of that name; null when it is absent, or `json` is no object.
const Json& Member(const Json& json, const char* name) {
  static const Json kNull;
  if (!json.is_object()) return kNull;
  const auto found = json.find(name);
  return found == json.end() ? kNull : *found;
}

std::string Text(const Json& json, const char* name) {
  const Json& member = Member(json, name);
  return member.is_string() ? member.get<std::string>() : "";
}

bool Flag(const Json& json, const char* name) {
  const Json& member = Member(json, name);
  return member.is_boolean() && member.get<bool>();
}

unsigned PortNumber(const Json& json, const char* name) {
  constexpr uint64_t kMost = 65535;
  const Json& member = Member(json, name);
  if (!member.is_number_unsigned()) return 0;
  const auto number = member.get<uint64_t>();
  return number <= kMost ? static_cast<unsigned>(number) : 0;
}

std::map<std::string, std::string> Texts(const Json& json) {
  std::map<std::string, std::string> out;
  if (!json.is_object()) return out;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) out.emplace(name, value.get<std::string>());
  }
  return out;
}

std::vector<Port> ReadPorts(const Json& json) {
  std::vector<Port> ports;
  if (!json.is_array()) return ports;
  for (const Json& port : json) {
    ports.push_back({.type = Text(port, "Type"),
                     .ip = Text(port, "IP"),
                     .inside = PortNumber(port, "PrivatePort"),
                     .outside = PortNumber(port, "PublicPort")});
  }
  return ports;
}

/// An object's members come in the order of their names.
std::vector<Endpoint> ReadEndpoints(const Json& json) {
  std::vector<Endpoint> endpoints;
  if (!json.is_object()) return endpoints;
  for (const auto& [name, endpoint] : json.items()) {
    if (endpoint.is_object()) endpoints.push_back({Text(endpoint, "NetworkID"), Text(endpoint, "IPAddress")});
  }
  return endpoints;
}

Container ReadContainer(const Json& json) {
  Container container;
  container.id = Text(json, "Id");
  if (const Json& names = Member(json, "Names"); names.is_array()) {
    for (const Json& name : names) {
      if (name.is_string()) container.names.push_back(name.get<std::string>());
    }
  }
  container.network_mode = Text(Member(json, "HostConfig"), "NetworkMode");
  container.labels = Texts(Member(json, "Labels"));
  container.ports = ReadPorts(Member(json, "Ports"));
  container.endpoints = ReadEndpoints(Member(Member(json, "NetworkSettings"), "Networks"));
  return container;
}

Result<Json> ReadList(std::string_view text, const char* what) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_array()) {
    return Fail(ErrorCode::kInvalidArgument,
                std::string("the engine's list of ") + what + " is no JSON list");
  }
  for (const Json& item : json) {
    if (Text(item, "Id").empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  std::string("an entry of the engine's list of ") + what + " has no Id");
    }
  }
  return json;
}

}  // namespace

Result<std::vector<Container>> ReadContainers(std::string_view json) {
  const Result<Json> list = ReadList(json, "containers");
  if (!list) return Fail(list.error());
  std::vector<Container> containers;
  for (const Json& item : *list) containers.push_back(ReadContainer(item));
  return containers;
}

Result<Networks> ReadNetworks(std::string_view json) {
  const Result<Json> list = ReadList(json, "networks");
  if (!list) return Fail(list.error());
  Networks networks;
  for (const Json& item : *list) {
    networks[Text(item, "Id")] = {.name = Text(item, "Name"),
                                  .scope = Text(item, "Scope"),
                                  .internal = Flag(item, "Internal"),
                                  .ingress = Flag(item, "Ingress"),
                                  .labels = Texts(Member(item, "Labels"))};
  }
  return networks;
}

std::string FiltersJson(const std::map<std::string, std::vector<std::string>>& filters) {
  return Json(filters).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tocsin::collect::docker
