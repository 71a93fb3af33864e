// Faults on demand: what POST /chaos/start switches on, so that a failover can be seen without breaking
// anything.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "base/time.h"

namespace tocsin::backend {

enum class ChaosMode {
  kOff,
  kError,    ///< app routes answer 500
  kTimeout,  ///< app routes are held and then answer 504
  kSlow,     ///< app routes answer late, but well
  kCpu,      ///< one core is kept busy; requests are answered as ever
};

/// "error", "timeout", "slow", "cpu"; kInvalidArgument names the choices otherwise.
Result<ChaosMode> ParseChaosMode(std::string_view name);
std::string_view ChaosModeName(ChaosMode mode);

struct ChaosOptions {
  Duration hold{10'000};  ///< how long kTimeout keeps a request; longer than any proxy waits
  size_t max_held =
      128;  ///< requests beyond these answer 504 at once, so that threads remain for health checks
  Duration slow_delay{400};
};

/// The mode that is on, and what it does to a request. Thread safe.
class Chaos {
 public:
  enum class Effect { kNone, kFail, kTimedOut };

  explicit Chaos(ChaosOptions options) : options_(options) {}

  void Start(ChaosMode mode);
  /// Also lets go every request that is held.
  void Stop() { Start(ChaosMode::kOff); }
  ChaosMode mode() const;
  /// How many requests kTimeout keeps right now.
  size_t held() const;

  /// Called by each app request before it answers; blocks in kTimeout and kSlow until the time is over or the
  /// mode changes, and says what is left to do.
  Effect Apply();

 private:
  const ChaosOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  ChaosMode mode_ = ChaosMode::kOff;
  size_t changes_ = 0;  // a held request goes on when this moves
  size_t held_ = 0;
  std::jthread burner_;
};

}  // namespace tocsin::backend
