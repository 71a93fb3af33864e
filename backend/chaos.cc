#include "backend/chaos.h"

#include <array>
#include <string>
#include <utility>

namespace tocsin::backend {
namespace {

constexpr std::array<std::pair<std::string_view, ChaosMode>, 4> kModes{{
    {"error", ChaosMode::kError},
    {"timeout", ChaosMode::kTimeout},
    {"slow", ChaosMode::kSlow},
    {"cpu", ChaosMode::kCpu},
}};

}  // namespace

Result<ChaosMode> ParseChaosMode(std::string_view name) {
  std::string choices;
  for (const auto& [known, mode] : kModes) {
    if (known == name) return mode;
    choices += (choices.empty() ? "" : ", ") + std::string(known);
  }
  return Fail(ErrorCode::kInvalidArgument, "unknown mode '" + std::string(name) + "'; known are " + choices);
}

std::string_view ChaosModeName(ChaosMode mode) {
  for (const auto& [name, known] : kModes) {
    if (known == mode) return name;
  }
  return "off";
}

void Chaos::Start(ChaosMode mode) {
  std::jthread stopping;  // joined after the lock is gone
  {
    std::lock_guard lock(mutex_);
    mode_ = mode;
    ++changes_;
    stopping = std::exchange(burner_, std::jthread());
    if (mode == ChaosMode::kCpu) {
      burner_ = std::jthread([](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
        }
      });
    }
  }
  changed_.notify_all();
}

ChaosMode Chaos::mode() const {
  std::lock_guard lock(mutex_);
  return mode_;
}

size_t Chaos::held() const {
  std::lock_guard lock(mutex_);
  return held_;
}

Chaos::Effect Chaos::Apply() {
  std::unique_lock lock(mutex_);
  const auto changed = [this, before = changes_] { return changes_ != before; };
  switch (mode_) {
    case ChaosMode::kError:
      return Effect::kFail;
    case ChaosMode::kSlow:
      changed_.wait_for(lock, options_.slow_delay, changed);
      return Effect::kNone;
    case ChaosMode::kTimeout: {
      if (held_ >= options_.max_held) return Effect::kTimedOut;
      ++held_;
      const bool released = changed_.wait_for(lock, options_.hold, changed);
      --held_;
      return released ? Effect::kNone : Effect::kTimedOut;
    }
    case ChaosMode::kOff:
    case ChaosMode::kCpu:
      break;
  }
  return Effect::kNone;
}

}  // namespace tocsin::backend
