#include "exporter/containers/container.h"

#include <array>
#include <string_view>

namespace tocsin::containers {

std::string_view StateName(State state) {
  constexpr std::array<std::string_view, kStateCount> kNames = {"created",  "running", "paused", "restarting",
                                                                "removing", "exited",  "dead",   "removed"};
  return kNames[static_cast<size_t>(state)];
}

std::string_view Container::Label(std::string_view key) const {
  for (const auto& [label, value] : labels) {
    if (label == key) return value;
  }
  return {};
}

bool Container::is_service() const {
  const bool has_policy = !restart_policy.empty() && restart_policy != "no";
  const std::string_view one_off = Label("com.docker.compose.oneoff");
  const bool is_one_off = one_off == "True" || one_off == "true";
  return has_policy || (!Label("com.docker.compose.service").empty() && !is_one_off);
}

}  // namespace tocsin::containers
