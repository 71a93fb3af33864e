// The answers of the Docker Engine API (1.24 and later, Podman's among them) to structs. Nothing of an answer
// is trusted: what has another type than it should is as if it were not there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "exporter/containers/container.h"

namespace tocsin::containers {

/// Of GET /containers/json: the ids.
Result<std::vector<std::string>> ParseContainerList(std::string_view json);
/// Of GET /containers/<id>/json. kInvalidArgument when it is no JSON, or has no id.
Result<Container> ParseContainer(std::string_view json);
/// Of GET /networks: the names.
Result<std::vector<std::string>> ParseNetworkList(std::string_view json);
/// A line of GET /events.
Result<Event> ParseEvent(std::string_view json);

}  // namespace tocsin::containers
