#include "backend/redis.h"

#include <charconv>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace tocsin::backend {
namespace {

constexpr std::string_view kHits = "tocsin:hits";
constexpr std::string_view kCachePrefix = "tocsin:cache:";

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

timeval ToTimeval(Duration duration) {
  return {.tv_sec = duration.count() / 1000, .tv_usec = duration.count() % 1000 * 1000};
}

class RedisConnection final : public Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const RedisAddress& address, Duration timeout) {
    std::unique_ptr<redisContext, FreeContext> context(
        redisConnectWithTimeout(address.host.c_str(), address.port, ToTimeval(timeout)));
    if (context == nullptr) return Fail(ErrorCode::kResourceExhausted, "no memory for a connection");
    if (context->err != 0) return Fail(ErrorCode::kUnavailable, context->errstr);
    if (redisSetTimeout(context.get(), ToTimeval(timeout)) != REDIS_OK)
      return Fail(ErrorCode::kUnavailable, context->errstr);
    auto connection = std::make_unique<RedisConnection>(std::move(context));
    if (Status greeted = connection->Greet(address); !greeted) return Fail(greeted.error());
    return connection;
  }

  explicit RedisConnection(std::unique_ptr<redisContext, FreeContext> context)
      : context_(std::move(context)) {}

  Status Ping() override {
    const auto reply = Ask({"PING"});
    if (!reply) return Fail(reply.error());
    return {};
  }

  int descriptor() const override { return context_->fd; }

  /// kUnavailable when the connection broke; another code when Redis refused this command alone.
  Result<Reply> Ask(std::initializer_list<std::string_view> words) {
    const char* texts[8];
    size_t sizes[8];
    int count = 0;
    for (const std::string_view word : words) {
      texts[count] = word.data();
      sizes[count++] = word.size();
    }
    Reply reply(static_cast<redisReply*>(redisCommandArgv(context_.get(), count, texts, sizes)));
    if (reply == nullptr) return Fail(ErrorCode::kUnavailable, context_->errstr);
    if (reply->type == REDIS_REPLY_ERROR) return Fail(Refusal({reply->str, static_cast<size_t>(reply->len)}));
    return reply;
  }

 private:
  // A server that starts, ends or can't write is away for us, though it still speaks.
  static Error Refusal(std::string_view text) {
    for (const std::string_view start : {"LOADING", "MASTERDOWN", "MISCONF", "READONLY", "NOAUTH"}) {
      if (text.starts_with(start)) return {ErrorCode::kUnavailable, std::string(text)};
    }
    return {ErrorCode::kInvalidArgument, std::string(text)};
  }

  Status Greet(const RedisAddress& address) {
    if (!address.password.empty()) {
      const auto reply = address.user.empty() ? Ask({"AUTH", address.password})
                                              : Ask({"AUTH", address.user, address.password});
      if (!reply) return Fail(ErrorCode::kPermission, reply.error().message());
    }
    if (address.database != 0) {
      if (const auto reply = Ask({"SELECT", fmt::to_string(address.database)}); !reply)
        return Fail(reply.error());
    }
    return Ping();
  }

  std::unique_ptr<redisContext, FreeContext> context_;
};

class RedisStore final : public HitStore {
 public:
  RedisStore(RedisAddress address, PoolOptions options, ConnectionPool::OnChange on_change, Logger log)
      : pool_(
            "redis", options,
            [address = std::move(address), timeout = options.deadline] {
              return RedisConnection::Open(address, timeout);
            },
            std::move(on_change), std::move(log)) {}

  Result<int64_t> CountHit() override {
    const auto reply = Ask({"INCR", kHits});
    if (!reply) return Fail(reply.error());
    return (*reply)->integer;
  }

  Result<std::optional<std::string>> Cached(std::string_view key) override {
    const auto reply = Ask({"GET", Key(key)});
    if (!reply) return Fail(reply.error());
    if ((*reply)->type != REDIS_REPLY_STRING) return std::nullopt;
    return std::string((*reply)->str, static_cast<size_t>((*reply)->len));
  }

  Status Cache(std::string_view key, std::string_view text, Duration ttl) override {
    const auto reply = Ask({"SET", Key(key), text, "PX", fmt::to_string(ttl.count())});
    if (!reply) return Fail(reply.error());
    return {};
  }

  Status Forget(std::string_view key) override {
    const auto reply = Ask({"DEL", Key(key)});
    if (!reply) return Fail(reply.error());
    return {};
  }

  bool away() const override { return pool_.away(); }

 private:
  static std::string Key(std::string_view key) { return std::string(kCachePrefix).append(key); }

  Result<Reply> Ask(std::initializer_list<std::string_view> words) {
    auto lease = pool_.Take();
    if (!lease) return Fail(lease.error());
    auto reply = static_cast<RedisConnection&>(**lease).Ask(words);
    if (!reply && reply.error().code() == ErrorCode::kUnavailable) lease->Broke();
    return reply;
  }

  ConnectionPool pool_;
};

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    unsigned value = 0;
    const char* digits = text.data() + at + 1;
    if (at + 2 >= text.size() || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2)
      return Fail(ErrorCode::kInvalidArgument, "its password has a % without two hexadecimal digits");
    out += static_cast<char>(value);
    at += 2;
  }
  return out;
}

template <typename T>
bool ParseNumber(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

Status ParseUser(std::string_view text, RedisAddress& address) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return Fail(ErrorCode::kInvalidArgument, "it has a user without a password");
  const auto user = PercentDecode(text.substr(0, colon));
  if (!user) return Fail(user.error());
  const auto password = PercentDecode(text.substr(colon + 1));
  if (!password) return Fail(password.error());
  address.user = *user;
  address.password = *password;
  return {};
}

Status ParseHost(std::string_view text, RedisAddress& address) {
  const size_t end_of_v6 = text.starts_with('[') ? text.find(']') : 0;
  if (end_of_v6 == std::string_view::npos) return Fail(ErrorCode::kInvalidArgument, "its host lacks a ]");
  const size_t colon = text.find(':', end_of_v6);
  address.host = end_of_v6 > 0 ? text.substr(1, end_of_v6 - 1) : text.substr(0, colon);
  if (address.host.empty()) return Fail(ErrorCode::kInvalidArgument, "it has no host");
  if (colon != std::string_view::npos &&
      (!ParseNumber(text.substr(colon + 1), address.port) || address.port == 0))
    return Fail(ErrorCode::kInvalidArgument, "its port is no port");
  return {};
}

}  // namespace

Result<RedisAddress> ParseRedisUrl(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme)) return Fail(ErrorCode::kInvalidArgument, "it does not begin with redis://");
  url.remove_prefix(kScheme.size());
  RedisAddress address;
  if (const size_t at = url.rfind('@'); at != std::string_view::npos) {
    if (Status parsed = ParseUser(url.substr(0, at), address); !parsed) return Fail(parsed.error());
    url.remove_prefix(at + 1);
  }
  const size_t slash = url.find('/');
  if (slash != std::string_view::npos && slash + 1 < url.size() &&
      !ParseNumber(url.substr(slash + 1), address.database))
    return Fail(ErrorCode::kInvalidArgument, "its database is no number");
  if (Status parsed = ParseHost(url.substr(0, slash), address); !parsed) return Fail(parsed.error());
  return address;
}

std::unique_ptr<HitStore> ConnectRedis(RedisAddress address, PoolOptions options,
                                       ConnectionPool::OnChange on_change, Logger log) {
  return std::make_unique<RedisStore>(std::move(address), options, std::move(on_change), std::move(log));
}

}  // namespace tocsin::backend
