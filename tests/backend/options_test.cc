#include "backend/options.h"

#include <cstdlib>

#include <gmock/gmock.h>

namespace tocsin::backend {
namespace {

using ::testing::HasSubstr;

std::variant<Options, Exit> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "demo-backend");
  return ParseOptions(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, FlagsWinOverTheEnvironment) {
  setenv("APP_POOL", "green", 1);
  setenv("RELEASE_ID", "r7", 1);
  setenv("PORT", "8082", 1);
  const auto parsed = Parse({"--port=8083"});
  unsetenv("APP_POOL");
  unsetenv("RELEASE_ID");
  unsetenv("PORT");
  const auto& options = std::get<Options>(parsed);
  EXPECT_EQ(options.identity.pool, "green");
  EXPECT_EQ(options.identity.release, "r7");
  EXPECT_EQ(options.server.port, 8083);
}

TEST(Options, HelpExitsWell) {
  const auto exit = std::get<Exit>(Parse({"--help"}));
  EXPECT_EQ(exit.code, 0);
  EXPECT_THAT(exit.text, HasSubstr("APP_POOL"));
}

TEST(Options, BadValuesNameTheFlag) {
  for (const char* bad : {"--port=70000", "--listen-address=::1", "--release=a\r\nb", "--threads=0"}) {
    const auto exit = std::get<Exit>(Parse({bad}));
    EXPECT_NE(exit.code, 0) << bad;
    EXPECT_THAT(exit.text, HasSubstr(std::string(bad).substr(0, std::string(bad).find('=')))) << bad;
  }
}

TEST(Options, AddressOfRedisIsCheckedAndItsPasswordNotShown) {
  EXPECT_EQ(std::get<Options>(Parse({"--redis.url=redis://cache:6380"})).redis->port, 6380);
  setenv("REDIS_URL", "", 1);  // as a compose file hands on a variable that is not set
  EXPECT_FALSE(std::get<Options>(Parse({})).redis);
  unsetenv("REDIS_URL");
  const auto exit = std::get<Exit>(Parse({"--redis.url=redis://:secret@cache:0"}));
  EXPECT_NE(exit.code, 0);
  EXPECT_THAT(exit.text, HasSubstr("--redis.url"));
  EXPECT_THAT(exit.text, ::testing::Not(HasSubstr("secret")));
}

TEST(Options, HalfOfTheThreadsMayBeHeld) {
  EXPECT_EQ(std::get<Options>(Parse({"--threads=10"})).chaos.max_held, 5U);
}

}  // namespace
}  // namespace tocsin::backend
