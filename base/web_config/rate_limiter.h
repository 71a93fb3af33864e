// A token bucket, full at first: a request takes a token, and one comes back each interval. Private to the
// room.
#pragma once

#include <chrono>
#include <mutex>

#include "base/web_config/config.h"

namespace tocsin::web_config {

/// Thread safe.
class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// From now on these limits; the bucket is filled anew only when they differ from those before.
  void Set(const RateLimit& limit, Time now);
  /// Takes a token; false when there is none.
  bool Allow(Time now);

 private:
  std::mutex mutex_;
  RateLimit limit_;
  double tokens_ = 0;
  Time last_;
};

}  // namespace tocsin::web_config
