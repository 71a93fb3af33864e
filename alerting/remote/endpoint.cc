#include "alerting/remote/endpoint.h"

#include <condition_variable>
#include <memory>
#include <mutex>

#include <fmt/format.h>

namespace tocsin::remote {
namespace {

struct Pending {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<Result<http::ClientResponse>> answer;
};

}  // namespace

Status Check(const EndpointOptions& options) {
  const auto refuse = [](std::string message) {
    return Fail(ErrorCode::kInvalidArgument, std::move(message));
  };
  if (!options.url.starts_with("http://") && !options.url.starts_with("https://")) {
    return refuse("the URL must begin with http:// or https://");
  }
  if (options.url.find_first_of("?#") != std::string::npos) return refuse("the URL must not have a query");
  if (!options.username.empty() && !options.bearer_token.empty()) {
    return refuse("a user name and a bearer token can't both sign in");
  }
  if (options.username.empty() && !options.password.empty()) return refuse("a password needs a user name");
  return MakeRequest(options, "").map([](const auto&) {});
}

Result<http::ClientRequest> MakeRequest(const EndpointOptions& options, std::string_view path) {
  http::ClientRequest request;
  request.url = options.url;
  while (request.url.ends_with('/') && path.starts_with('/')) request.url.pop_back();
  request.url += path;
  request.timeout = options.timeout;
  request.max_response_bytes = kMaxAnswerBytes;
  request.tls = options.tls;
  for (const auto& [name, value] : options.headers) {
    Result<Secret> secret = value.Read();
    if (!secret) return Fail(secret.error().WithContext("header " + name));
    request.headers.Set(name, secret->Reveal());
  }
  if (!options.username.empty()) {
    Result<Secret> password = options.password.Read();
    if (!password) return Fail(password.error().WithContext("password"));
    request.basic_auth = http::BasicAuth{options.username, password->Reveal()};
  }
  if (!options.bearer_token.empty()) {
    Result<Secret> token = options.bearer_token.Read();
    if (!token) return Fail(token.error().WithContext("bearer token"));
    request.headers.Set("Authorization", "Bearer " + token->Reveal());
  }
  return request;
}

Result<http::ClientResponse> Exchange(http::Client& client, http::ClientRequest request,
                                      const std::stop_token& stop) {
  const auto pending = std::make_shared<Pending>();
  const auto handle = client.Send(std::move(request), [pending](Result<http::ClientResponse> answer) {
    const std::lock_guard lock(pending->mutex);
    pending->answer = std::move(answer);
    pending->changed.notify_all();
  });
  std::unique_lock lock(pending->mutex);
  pending->changed.wait(lock, stop, [&pending] { return pending->answer.has_value(); });
  if (!pending->answer) return Fail(ErrorCode::kCanceled, "query was canceled in query execution");
  return *std::move(pending->answer);
}

bool MayRetry(const Result<http::ClientResponse>& answer) {
  if (!answer) return answer.error().code() == ErrorCode::kUnavailable;
  return answer->status == 429 || (answer->status >= 502 && answer->status <= 504);
}

}  // namespace tocsin::remote
