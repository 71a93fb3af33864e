#include "alerting/notify/receivers/oauth.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/http_integration.h"

namespace tocsin::notify {
namespace {

/// A token is not used any more so long before it expires: the message takes time, too.
constexpr Duration kMargin{10'000};
constexpr int64_t kLongestSeconds = 10LL * 366 * 24 * 3600;

std::string Scheme(const std::string& token_type) {
  std::string lower = token_type;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower.empty() || lower == "bearer") return "Bearer";
  return token_type;
}

}  // namespace

std::string FormEncode(std::string_view text) {
  std::string encoded = http::UrlEncode(text);
  for (size_t at = 0; (at = encoded.find("%20", at)) != std::string::npos; ++at) encoded.replace(at, 3, "+");
  return encoded;
}

void OAuthTokens::Get(Duration timeout, Done done) {
  std::unique_lock lock(mutex_);
  if (!authorization_.empty() && (!expires_at_ || clock_.Now() < *expires_at_)) {
    std::string ready = authorization_;
    lock.unlock();
    return done(std::move(ready));
  }
  const bool first = waiting_.empty();
  waiting_.push_back(std::move(done));
  lock.unlock();
  if (first) Ask(timeout, true);
}

void OAuthTokens::Forget(const std::string& authorization) {
  const std::lock_guard lock(mutex_);
  if (authorization_ == authorization) authorization_.clear();
}

void OAuthTokens::Ask(Duration timeout, bool credentials_in_header) {
  auto secret = options_.client_secret.Read();
  if (!secret) return Finish(Fail(secret.error().Retryable(true)));
  std::map<std::string, std::string> form = options_.endpoint_params;
  form["grant_type"] = "client_credentials";
  if (!options_.scopes.empty()) form["scope"] = fmt::format("{}", fmt::join(options_.scopes, " "));
  http::ClientRequest request;
  request.method = "POST";
  request.url = options_.token_url;
  request.timeout = timeout;
  request.max_response_bytes = size_t{1} << 20;
  request.tls = options_.tls;
  SetProxy(options_.proxy, request);
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded");
  if (credentials_in_header) {
    request.basic_auth = http::BasicAuth{FormEncode(options_.client_id), FormEncode(secret->Reveal())};
  } else {
    form["client_id"] = options_.client_id;
    form["client_secret"] = secret->Reveal();
  }
  for (const auto& [name, value] : form) {
    request.body += (request.body.empty() ? "" : "&") + FormEncode(name) + "=" + FormEncode(value);
  }
  auto handle = client_.Send(std::move(request), [weak = weak_from_this(), timeout, credentials_in_header](
                                                     const Result<http::ClientResponse>& response) {
    if (auto self = weak.lock()) self->Answered(timeout, credentials_in_header, response);
  });
  const std::lock_guard lock(mutex_);
  last_request_ = std::exchange(request_, std::move(handle));
}

/// Servers differ in where they take the client's secret from; as Go's oauth2, we try the header first.
void OAuthTokens::Answered(Duration timeout, bool credentials_in_header,
                           const Result<http::ClientResponse>& response) {
  if (!response) return Finish(Fail(response.error().WithContext("OAuth 2.0 token")));
  if (response->status / 100 == 2) return Finish(Take(*response));
  if (credentials_in_header && response->status / 100 == 4) return Ask(timeout, false);
  const bool later = response->status == 429 || response->status / 100 == 5;
  Finish(Fail(Error(later ? ErrorCode::kUnavailable : ErrorCode::kPermission,
                    fmt::format("the OAuth 2.0 token server answered {}", response->status))));
}

Result<std::string> OAuthTokens::Take(const http::ClientResponse& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  const auto text = [&json](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!json.is_object() || text("access_token").empty()) {
    return Fail(ErrorCode::kUnavailable, "the OAuth 2.0 token server's answer holds no access_token");
  }
  const std::lock_guard lock(mutex_);
  authorization_ = Scheme(text("token_type")) + " " + text("access_token");
  expires_at_.reset();
  if (const auto lasts = json.find("expires_in"); lasts != json.end() && lasts->is_number()) {
    const auto seconds =
        static_cast<int64_t>(std::clamp(lasts->get<double>(), 0.0, static_cast<double>(kLongestSeconds)));
    if (seconds > 0) expires_at_ = clock_.Now() + Duration(seconds * 1000) - kMargin;
  }
  return authorization_;
}

void OAuthTokens::Finish(const Result<std::string>& outcome) {
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const Done& done : waiting) done(outcome);
}

}  // namespace tocsin::notify
