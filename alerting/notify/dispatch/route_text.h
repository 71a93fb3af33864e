// The routing tree for people: drawn whole, and the way that one label set takes through it.
#pragma once

#include <string>
#include <vector>

#include "alerting/notify/dispatch/route.h"

namespace tocsin::notify {

/// A line for each route, children below their parent:
///
///     default  receiver=team group_by=[alertname] group_wait=10s group_interval=30s repeat_interval=4h
///     ├── {severity="critical"}  receiver=team … continue
///     └── {severity="none"}  receiver=nobody …
std::string DrawTree(const Route& root);

/// One that a label set reaches: the receiver, and the matchers from the root to it.
struct Reached {
  std::string receiver;
  std::string path;   ///< `{}/{severity="critical"}`
  std::string group;  ///< the group's labels of that label set
};
std::vector<Reached> Reach(const Route& root, const model::Labels& labels);

}  // namespace tocsin::notify
