#include "backend/options.h"

#include <sstream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace tocsin::backend {
namespace {

// Both values become response headers and JSON; a line break in them would be a header of its own.
std::string RefuseControlCharacters(const std::string& value) {
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "holds a control character";
  }
  return "";
}

std::string CheckRedisUrl(const std::string& url) {
  const auto parsed = ParseRedisUrl(url);
  return parsed ? "" : "is no address of a Redis: " + parsed.error().message();
}

}  // namespace

std::variant<Options, Exit> ParseOptions(int argc, const char* const* argv) {
  Options options;
  int64_t hold = options.chaos.hold.count();
  int64_t delay = options.chaos.slow_delay.count();
  std::string redis;

  CLI::App app("The demo service that nginx stands in front of: two of it are the blue and the green pool.",
               "demo-backend");
  app.add_option("--pool", options.identity.pool, "Name of the pool, in the X-App-Pool header")
      ->envname("APP_POOL")
      ->check(RefuseControlCharacters)
      ->capture_default_str();
  app.add_option("--release", options.identity.release, "Release, in the X-Release-Id header")
      ->envname("RELEASE_ID")
      ->check(RefuseControlCharacters)
      ->capture_default_str();
  app.add_option("--service", options.identity.service, "Service's name, the prefix of its metrics' names")
      ->envname("SERVICE_NAME");
  app.add_option("--port", options.server.port, "Port to listen on; 0 picks a free one")
      ->envname("PORT")
      ->capture_default_str();
  app.add_option("--listen-address", options.server.listen_address, "IPv4 address to listen on")
      ->envname("LISTEN_ADDRESS")
      ->check(CLI::ValidIPV4)
      ->capture_default_str();
  app.add_option("--threads", options.server.threads, "Connections served at once")
      ->check(CLI::Range(4, 4096))
      ->capture_default_str();
  app.add_option("--chaos.hold-ms", hold, "How long chaos mode 'timeout' holds a request")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  app.add_option("--chaos.slow-ms", delay, "How much chaos mode 'slow' delays a request")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  app.add_option("--redis.url", redis,
                 "Redis for hits and the cache, as redis://[:password@]host[:port][/database]")
      ->envname("REDIS_URL")
      ->check(CheckRedisUrl);
  app.add_option("--database.url", options.database,
                 "PostgreSQL for visits, as postgresql://user:password@host/database")
      ->envname("DATABASE_URL");
  app.add_option("--health-check", options.health_check,
                 "Ask this URL, and exit with 0 if it answers 2xx; what a container's health check runs");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::ostringstream text;
    const int code = app.exit(e, text, text);
    return Exit{text.str(), code};
  }
  if (!redis.empty()) options.redis = ParseRedisUrl(redis).value();
  options.chaos.hold = Duration(hold);
  options.chaos.slow_delay = Duration(delay);
  options.chaos.max_held = static_cast<size_t>(options.server.threads) / 2;
  return options;
}

}  // namespace tocsin::backend
