#include "base/web_config/rate_limiter.h"

#include <gtest/gtest.h>

namespace tocsin::web_config {
namespace {

using namespace std::chrono_literals;

TEST(RateLimiter, LetsABurstThroughAndThenOneAnInterval) {
  RateLimiter limiter;
  const RateLimiter::Time start{};
  limiter.Set({.interval = 1s, .burst = 3}, start);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Allow(start));
  EXPECT_FALSE(limiter.Allow(start));
  EXPECT_FALSE(limiter.Allow(start + 999ms));
  EXPECT_TRUE(limiter.Allow(start + 1000ms));
  EXPECT_FALSE(limiter.Allow(start + 1000ms));
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(limiter.Allow(start + 1h)) << "it fills up to the burst and no further";
  EXPECT_FALSE(limiter.Allow(start + 1h));
}

TEST(RateLimiter, WithoutAnIntervalThereIsNoLimit) {
  RateLimiter limiter;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limiter.Allow({}));
}

TEST(RateLimiter, TheSameLimitsAgainFillNothing) {
  RateLimiter limiter;
  const RateLimiter::Time start{};
  limiter.Set({.interval = 1s, .burst = 1}, start);
  EXPECT_TRUE(limiter.Allow(start));
  limiter.Set({.interval = 1s, .burst = 1}, start);
  EXPECT_FALSE(limiter.Allow(start));
  limiter.Set({.interval = 1s, .burst = 2}, start);
  EXPECT_TRUE(limiter.Allow(start));
}

}  // namespace
}  // namespace tocsin::web_config
