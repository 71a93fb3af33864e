#include "base/web_config/rate_limiter.h"

#include <algorithm>

namespace tocsin::web_config {

void RateLimiter::Set(const RateLimit& limit, Time now) {
  const std::lock_guard lock(mutex_);
  if (limit == limit_) return;
  limit_ = limit;
  tokens_ = limit.burst;
  last_ = now;
}

bool RateLimiter::Allow(Time now) {
  const std::lock_guard lock(mutex_);
  if (limit_.interval.count() == 0) return true;
  const std::chrono::duration<double, std::nano> passed = std::max(now, last_) - last_;
  tokens_ =
      std::min<double>(limit_.burst, tokens_ + passed.count() / static_cast<double>(limit_.interval.count()));
  last_ = std::max(now, last_);
  if (tokens_ < 1.0) return false;
  tokens_ -= 1.0;
  return true;
}

}  // namespace tocsin::web_config
