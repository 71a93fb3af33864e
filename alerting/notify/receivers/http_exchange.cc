#include "alerting/notify/receivers/http_exchange.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace tocsin::notify {
namespace {

class HttpAttempt final : public Integration::Attempt {
 public:
  explicit HttpAttempt(std::unique_ptr<http::Client::Handle> handle) : handle_(std::move(handle)) {}

 private:
  std::unique_ptr<http::Client::Handle> handle_;
};

/// RFC 9110 section 10.2.3, the form in seconds; the form with a date is rare and left to the backoff.
std::optional<Duration> RetryAfter(const http::Headers& headers) {
  std::string_view text = headers.Get("Retry-After");
  uint32_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

/// The body's first line, so far as a log line should hold it.
std::string Excerpt(const std::string& body) {
  constexpr size_t kLength = 200;
  std::string text = body.substr(0, std::min(body.find_first_of("\r\n"), kLength));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

Result<http::ClientRequest> MakePost(const HttpOptions& options, const Secret& url, std::string body,
                                     Duration timeout) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = url.Reveal();
  request.headers.Add("Content-Type", "application/json");
  request.body = std::move(body);
  request.timeout = timeout;
  request.max_response_bytes = size_t{1} << 20;
  request.follow_redirects = options.follow_redirects;
  request.tls = options.tls;
  request.proxy_url = options.proxy_url;
  if (!options.basic_username.empty()) {
    auto password = options.basic_password.Read();
    if (!password) return Fail(password.error());
    request.basic_auth = http::BasicAuth{options.basic_username, password->Reveal()};
  }
  if (!options.authorization.empty()) {
    auto credentials = options.authorization.Read();
    if (!credentials) return Fail(credentials.error());
    request.headers.Add("Authorization", options.authorization_type + " " + credentials->Reveal());
  }
  return request;
}

SendResult JudgeStatus(const http::ClientResponse& response) {
  if (response.status / 100 == 2) return {};
  bool later = response.status == 429 || response.status / 100 == 5;
  Error error(later ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
              fmt::format("unexpected status code {}: {}", response.status, Excerpt(response.body)));
  SendResult result{Fail(std::move(error)), std::nullopt};
  if (later) result.retry_after = RetryAfter(response.headers);
  return result;
}

std::unique_ptr<Integration::Attempt> Exchange(http::Client& client, http::ClientRequest request,
                                               std::function<SendResult(const http::ClientResponse&)> judge,
                                               Integration::Done done) {
  auto answered = [judge = std::move(judge),
                   done = std::move(done)](const Result<http::ClientResponse>& response) {
    done(response ? judge(*response) : SendResult{Fail(response.error()), std::nullopt});
  };
  return std::make_unique<HttpAttempt>(client.Send(std::move(request), std::move(answered)));
}

std::unique_ptr<Integration::Attempt> FailAttempt(Error error, const Integration::Done& done) {
  done({Fail(std::move(error)), std::nullopt});
  return nullptr;
}

}  // namespace tocsin::notify
