#include "exporter/containers/engine_json.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/time.h"

namespace tocsin::containers {

namespace {

using nlohmann::json;

const json& Empty() {
  static const json empty = json::object();
  return empty;
}

/// The object's member, an empty object when there is none.
const json& At(const json& object, const char* key) {
  if (!object.is_object()) return Empty();
  const auto found = object.find(key);
  return found == object.end() ? Empty() : *found;
}

const json& ObjectAt(const json& object, const char* key) {
  const json& value = At(object, key);
  return value.is_object() ? value : Empty();
}

std::string Text(const json& object, const char* key) {
  const json& value = At(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool Flag(const json& object, const char* key) {
  const json& value = At(object, key);
  return value.is_boolean() && value.get<bool>();
}

int64_t Integer(const json& object, const char* key) {
  const json& value = At(object, key);
  return value.is_number_integer() ? value.get<int64_t>() : 0;
}

uint64_t Count(const json& object, const char* key) {
  return static_cast<uint64_t>(std::max<int64_t>(Integer(object, key), 0));
}

Result<json> Parse(std::string_view text) {
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return Fail(ErrorCode::kInvalidArgument, "the engine's answer is not JSON");
  return parsed;
}

Result<std::vector<std::string>> ParseNames(std::string_view text, const char* key) {
  const Result<json> list = Parse(text);
  if (!list) return Fail(list.error());
  if (!list->is_array()) return Fail(ErrorCode::kInvalidArgument, "the engine's answer is no list");
  std::vector<std::string> names;
  names.reserve(list->size());
  for (const json& element : *list) {
    std::string name = Text(element, key);
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

State ParseState(const json& state) {
  const std::string status = Text(state, "Status");
  for (int i = 0; i < kStateCount; ++i) {
    const auto each = static_cast<State>(i);
    if (each != State::kRemoved && StateName(each) == status) return each;
  }
  if (status == "stopped") return State::kExited;                                 // Podman's
  if (status == "configured" || status == "initialized") return State::kCreated;  // Podman's
  if (Flag(state, "Paused")) return State::kPaused;
  return Flag(state, "Running") ? State::kRunning : State::kExited;
}

Health ParseHealth(const json& state) {
  const std::string status = Text(At(state, "Health"), "Status");
  if (status == "healthy") return Health::kHealthy;
  if (status == "unhealthy") return Health::kUnhealthy;
  return status == "starting" ? Health::kStarting : Health::kNone;
}

void ReadState(const json& document, Container& container) {
  const json& state = At(document, "State");
  container.state = ParseState(state);
  container.health = ParseHealth(state);
  container.exit_code = Integer(state, "ExitCode");
  container.oom_killed = Flag(state, "OOMKilled");
  container.pid = Count(state, "Pid");
  container.started_at = Text(state, "StartedAt");
  if (container.started_at.starts_with("0001-")) container.started_at.clear();  // Go's zero time: never
  if (const auto started = ParseRfc3339(container.started_at)) container.started_seconds = started->seconds();
}

void ReadNetworks(const json& document, Container& container) {
  const json& settings = At(document, "NetworkSettings");
  for (const auto& [name, network] : ObjectAt(settings, "Networks").items()) {
    container.networks.push_back(name);
    for (const char* key : {"IPAddress", "GlobalIPv6Address"}) {
      std::string address = Text(network, key);
      if (!address.empty()) container.addresses.push_back(std::move(address));
    }
  }
  for (const auto& [port, bindings] : ObjectAt(settings, "Ports").items()) {
    if (!port.ends_with("/tcp") || !bindings.is_array()) continue;
    for (const json& binding : bindings) {
      std::string host = Text(binding, "HostIp");
      if (host == "0.0.0.0" || host == "::") host.clear();
      const std::string number = Text(binding, "HostPort");
      if (number.empty()) continue;
      const bool bracketed = host.find(':') != std::string::npos;
      std::string address = bracketed ? "[" : "";
      container.published.push_back(address.append(host).append(bracketed ? "]:" : ":").append(number));
    }
  }
}

}  // namespace

Result<std::vector<std::string>> ParseContainerList(std::string_view text) { return ParseNames(text, "Id"); }

Result<std::vector<std::string>> ParseNetworkList(std::string_view text) { return ParseNames(text, "Name"); }

Result<Container> ParseContainer(std::string_view text) {
  const Result<json> document = Parse(text);
  if (!document) return Fail(document.error());
  Container container;
  container.id = Text(*document, "Id");
  if (container.id.empty()) return Fail(ErrorCode::kInvalidArgument, "the engine's answer has no container");
  container.name = Text(*document, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  const json& config = At(*document, "Config");
  container.image = Text(config, "Image");
  for (const auto& [key, value] : ObjectAt(config, "Labels").items()) {
    if (value.is_string()) container.labels.emplace_back(key, value.get<std::string>());
  }
  container.restart_count = Count(*document, "RestartCount");
  const json& host = At(*document, "HostConfig");
  container.restart_policy = Text(At(host, "RestartPolicy"), "Name");
  container.network_mode = Text(host, "NetworkMode");
  container.cgroup_parent = Text(host, "CgroupParent");
  ReadState(*document, container);
  ReadNetworks(*document, container);
  return container;
}

Result<Event> ParseEvent(std::string_view text) {
  const Result<json> document = Parse(text);
  if (!document) return Fail(document.error());
  Event event;
  event.type = Text(*document, "Type");
  event.action = Text(*document, "Action");
  const json& actor = At(*document, "Actor");
  event.id = Text(actor, "ID");
  event.name = Text(At(actor, "Attributes"), "name");
  if (event.type.empty() || event.action.empty()) return Fail(ErrorCode::kInvalidArgument, "not an event");
  return event;
}

}  // namespace tocsin::containers
