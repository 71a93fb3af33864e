// A configuration as it may be shown: what was read, without its secrets.
#pragma once

#include <string>

#include "base/yaml/node.h"

namespace tocsin::config {

/// An alertmanager.yml as YAML, which Alertmanager's tools can read again. Values that are secrets are
/// "<secret>", as Alertmanager shows them.
std::string Show(const yaml::Node& root);

}  // namespace tocsin::config
