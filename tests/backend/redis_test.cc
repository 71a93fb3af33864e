#include "backend/redis.h"

#include <gmock/gmock.h>

namespace tocsin::backend {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RedisUrl, HasAHostAndMaybeTheRest) {
  const RedisAddress plain = ParseRedisUrl("redis://cache").value();
  EXPECT_EQ(plain.host, "cache");
  EXPECT_EQ(plain.port, 6379);
  EXPECT_EQ(plain.password, "");
  const RedisAddress full = ParseRedisUrl("redis://app:p%40ss:@[::1]:6380/3").value();
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.port, 6380);
  EXPECT_EQ(full.user, "app");
  EXPECT_EQ(full.password, "p@ss:");
  EXPECT_EQ(full.database, 3);
  EXPECT_EQ(ParseRedisUrl("redis://:secret@cache/").value().password, "secret");
}

TEST(RedisUrl, MistakesAreNamedAndPasswordsAreNot) {
  for (const char* bad :
       {"cache:6379", "redis://:secret@", "redis://:secret@cache:x", "redis://:secret@cache:70000",
        "redis://:secret@cache/x", "redis://:secret%4@cache", "redis://secret@cache", "redis://:secret@[::1",
        "redis://:secret@cache:0", "redis://:secret@cache/-1"}) {
    const auto parsed = ParseRedisUrl(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(parsed.error().message(), Not(HasSubstr("secret"))) << bad;
  }
}

}  // namespace
}  // namespace tocsin::backend
