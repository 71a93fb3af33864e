// A container as its engine describes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::containers {

/// The states that an engine has, and one of ours: gone, though it ought to be there.
enum class State : uint8_t { kCreated, kRunning, kPaused, kRestarting, kRemoving, kExited, kDead, kRemoved };
inline constexpr int kStateCount = 8;
std::string_view StateName(State state);

enum class Health : uint8_t { kNone, kStarting, kHealthy, kUnhealthy };

/// What /containers/<id>/json says.
struct Container {
  std::string id;
  std::string name;  ///< without the leading slash
  std::string image;
  std::vector<std::pair<std::string, std::string>> labels;
  State state = State::kCreated;
  Health health = Health::kNone;
  int64_t exit_code = 0;
  bool oom_killed = false;
  uint64_t restart_count = 0;
  uint64_t pid = 0;  ///< 0 when it does not run
  /// When its last run began; empty when it never ran.
  std::string started_at;
  double started_seconds = 0;
  std::string restart_policy;  ///< "", "no", "always", "unless-stopped", "on-failure"
  std::string network_mode;    ///< "host", "container:<id>", "bridge", a network's name …
  std::string cgroup_parent;
  std::vector<std::string> networks;   ///< names of those that it is attached to
  std::vector<std::string> addresses;  ///< its own on them
  /// Ports of the host that lead to it: "127.0.0.1:8081", or ":8081" for one on every address.
  std::vector<std::string> published;

  std::string_view Label(std::string_view key) const;  ///< "" when it has none of that name
  std::string_view compose_project() const { return Label("com.docker.compose.project"); }
  bool never_ran() const { return started_at.empty(); }
  bool is_up() const { return state == State::kRunning || state == State::kPaused; }
  /// Someone counts on it: it has a restart policy, or it is a service of a compose project and no one-off
  /// run.
  bool is_service() const;
};

/// A line of the engine's events.
struct Event {
  std::string type;    ///< "container", "network"
  std::string action;  ///< "start", "die", "health_status: healthy" …
  std::string id;
  std::string name;
};

}  // namespace tocsin::containers
