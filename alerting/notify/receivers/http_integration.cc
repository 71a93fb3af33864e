#include "alerting/notify/receivers/http_integration.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <mutex>

#include <fmt/format.h>

namespace tocsin::notify {
namespace {

constexpr size_t kMaxAnswerBytes = size_t{1} << 20;
/// A text this short stands for nothing but itself.
constexpr size_t kShortestSecret = 4;

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

std::string Environment(const char* upper, const char* lower) {
  for (const char* name : {upper, lower}) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets variables
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return "";
}

/// The error without the secrets that a server's answer may have repeated.
Error Without(const std::vector<std::string>& secrets, const Error& error) {
  std::string message = error.message();
  for (const std::string& secret : secrets) {
    if (secret.size() < kShortestSecret) continue;
    for (size_t at = 0; (at = message.find(secret, at)) != std::string::npos;)
      message.replace(at, secret.size(), "<secret>");
  }
  if (message == error.message()) return error;
  return Error(error.code(), std::move(message), error.position()).Retryable(error.retryable());
}

/// What of a URL only the configuration knows.
void AddUrlSecrets(const std::string& url, std::vector<std::string>& secrets) {
  const size_t scheme = url.find("://");
  const size_t path = scheme == std::string::npos ? std::string::npos : url.find('/', scheme + 3);
  // Where a server is tells nobody how to write to it.
  if (path != std::string::npos && path + 1 == url.size() && url.find('@') == std::string::npos) return;
  secrets.push_back(url);
  if (path == std::string::npos) return;
  secrets.push_back(url.substr(path));
  // A server that repeats anything of it repeats the last part: the token of a webhook.
  secrets.push_back(url.substr(url.find_last_of("/=") + 1));
  if (const size_t query = url.find('?'); query != std::string::npos && query > path)
    secrets.push_back(url.substr(path, query - path));
}

/// Credentials and further headers of http_config. Fails when a file can't be read.
Status AddCredentials(const HttpOptions& options, http::ClientRequest& request,
                      std::vector<std::string>& secrets) {
  if (!options.basic_username.empty() || !options.basic_password.empty()) {
    auto username = options.basic_username.Read();
    if (!username) return Fail(username.error());
    auto password = options.basic_password.Read();
    if (!password) return Fail(password.error());
    request.basic_auth = http::BasicAuth{username->Reveal(), password->Reveal()};
    secrets.push_back(password->Reveal());
  }
  if (!options.authorization.empty()) {
    auto credentials = options.authorization.Read();
    if (!credentials) return Fail(credentials.error());
    request.headers.Set("Authorization", options.authorization_type + " " + credentials->Reveal());
    secrets.push_back(credentials->Reveal());
  }
  for (const HeaderOptions& header : options.headers) {
    for (const SecretSource& source : header.values) {
      auto value = source.Read();
      if (!value) return Fail(value.error());
      request.headers.Add(header.name, value->Reveal());
      secrets.push_back(value->Reveal());
    }
  }
  return {};
}

}  // namespace

void SetProxy(const ProxyOptions& proxy, http::ClientRequest& request) {
  request.proxy_url = proxy.url;
  request.no_proxy = proxy.no_proxy;
  if (proxy.from_environment) {
    const bool tls = request.url.starts_with("https:");
    request.proxy_url =
        tls ? Environment("HTTPS_PROXY", "https_proxy") : Environment("HTTP_PROXY", "http_proxy");
    request.no_proxy = Environment("NO_PROXY", "no_proxy");
  }
  // As Go has it: who names exceptions, or asks the environment, never means this machine.
  if (proxy.from_environment || !proxy.no_proxy.empty()) {
    request.no_proxy += (request.no_proxy.empty() ? "" : ",") + std::string("localhost,127.0.0.0/8,::1");
  }
  for (const auto& [name, value] : proxy.connect_headers) request.proxy_headers.Add(name, value.Reveal());
}

SendResult JudgeStatus(const http::ClientResponse& response) {
  if (response.status / 100 == 2) return {};
  const bool later = response.status == 429 || response.status / 100 == 5;
  Error error(later ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
              fmt::format("unexpected status code {}: {}", response.status, Excerpt(response.body)));
  SendResult result{Fail(std::move(error))};
  if (later) result.retry_after = RetryAfter(response.headers);
  return result;
}

/// One attempt: the requests of a plan one after another. Callbacks hold it weakly; the Attempt holds it.
class HttpIntegration::Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(const HttpIntegration& integration, HttpPlan plan, std::string id, Duration timeout, Done done)
      : options_(integration.options_),
        client_(integration.client_),
        clock_(integration.clock_),
        tokens_(integration.tokens_),
        plan_(std::move(plan)),
        id_(std::move(id)),
        deadline_(clock_.Now() + timeout),
        done_(std::move(done)) {
    if (!plan_.judge) plan_.judge = JudgeStatus;
  }

  void Start() {
    if (!tokens_) return SendNext();
    tokens_->Get(deadline_ - clock_.Now(), [weak = weak_from_this()](Result<std::string> authorization) {
      auto self = weak.lock();
      if (!self) return;
      if (!authorization) return self->Finish({Fail(authorization.error())});
      self->authorization_ = *std::move(authorization);
      self->secrets_.push_back(self->authorization_.substr(self->authorization_.find(' ') + 1));
      self->SendNext();
    });
  }

  class Hold final : public Attempt {
   public:
    explicit Hold(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
    ~Hold() override { exchange_->Cancel(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    std::shared_ptr<Exchange> exchange_;
  };

 private:
  void SendNext() {
    auto request = MakeRequest(plan_.messages[next_]);
    if (!request) return Finish({Fail(request.error().Retryable(true))});
    auto handle = client_.Send(*std::move(request),
                               [weak = weak_from_this()](const Result<http::ClientResponse>& response) {
                                 if (auto self = weak.lock()) self->Answered(response);
                               });
    const std::lock_guard lock(mutex_);
    if (!canceled_) handles_.push_back(std::move(handle));
  }

  void Answered(const Result<http::ClientResponse>& response) {
    if (!response) return Finish({Fail(response.error())});
    SendResult result = plan_.judge(*response);
    if (response->status == 401 && tokens_) {
      tokens_->Forget(authorization_);
      if (!result.status) result.status = Fail(result.status.error().Retryable(true));
    }
    if (!result.status || ++next_ == plan_.messages.size()) return Finish(std::move(result));
    SendNext();
  }

  /// Each message is sent once: its body is not needed any more.
  Result<http::ClientRequest> MakeRequest(HttpMessage& message) {
    http::ClientRequest request;
    request.method = message.method;
    request.url = message.url.Reveal();
    request.secret_path = true;
    request.headers = message.headers;
    request.headers.Set("Content-Type", message.content_type);
    request.headers.Set(kNotificationIdHeader, id_);
    request.body = std::move(message.body);
    request.timeout = std::max(deadline_ - clock_.Now(), Duration(1));
    request.max_response_bytes = kMaxAnswerBytes;
    request.follow_redirects = options_->follow_redirects;
    request.allow_http2 = options_->enable_http2;
    request.tls = options_->tls;
    SetProxy(options_->proxy, request);
    if (Status added = AddCredentials(*options_, request, secrets_); !added) return Fail(added.error());
    if (!authorization_.empty()) request.headers.Set("Authorization", authorization_);
    return request;
  }

  /// What no error may repeat.
  std::vector<std::string> Secrets() const {
    std::vector<std::string> secrets = secrets_;
    for (const HttpMessage& message : plan_.messages) {
      AddUrlSecrets(message.url.Reveal(), secrets);
      secrets.insert(secrets.end(), message.secrets.begin(), message.secrets.end());
      if (const auto* own = message.headers.Find("Authorization")) {
        secrets.push_back(own->substr(own->find(' ') + 1));
      }
    }
    return secrets;
  }

  void Finish(SendResult result) {
    if (!result.status) result.status = Fail(Without(Secrets(), result.status.error()));
    if (result.status) result.flaw = plan_.flaw;
    done_(std::move(result));
  }

  void Cancel() {
    std::vector<std::unique_ptr<http::Client::Handle>> ended;
    const std::lock_guard lock(mutex_);
    canceled_ = true;
    ended.swap(handles_);
  }

  const std::shared_ptr<const HttpOptions> options_;
  http::Client& client_;
  const Clock& clock_;
  const std::shared_ptr<OAuthTokens> tokens_;
  HttpPlan plan_;
  const std::string id_;
  const Timestamp deadline_;
  const Done done_;

  // One callback runs at a time, each after the one before it.
  size_t next_ = 0;
  std::string authorization_;
  std::vector<std::string> secrets_;  ///< of http_config

  std::mutex mutex_;
  bool canceled_ = false;
  std::vector<std::unique_ptr<http::Client::Handle>> handles_;
};

HttpIntegration::HttpIntegration(IntegrationId id, bool send_resolved, HttpOptions options, Duration timeout,
                                 const HttpServices& services)
    : id_(std::move(id)),
      send_resolved_(send_resolved),
      options_(std::make_shared<const HttpOptions>(std::move(options))),
      timeout_(timeout),
      client_(services.http),
      clock_(services.clock),
      templates_(services.templates) {
  if (!options_->oauth.client_id.empty())
    tokens_ = std::make_shared<OAuthTokens>(options_->oauth, client_, clock_);
}

HttpIntegration::~HttpIntegration() = default;

std::unique_ptr<Integration::Attempt> HttpIntegration::Send(const Notification& notification,
                                                            Duration timeout, Done done) const {
  if (const auto pause = Paused()) {
    done({Fail(ErrorCode::kUnavailable, "the receiver asked for a pause"), pause});
    return nullptr;
  }
  auto plan = Plan(notification);
  if (!plan) {
    done({Fail(plan.error())});
    return nullptr;
  }
  auto exchange = std::make_shared<Exchange>(*this, *std::move(plan), notification.id,
                                             std::min(timeout, timeout_), std::move(done));
  auto hold = std::make_unique<Exchange::Hold>(exchange);
  exchange->Start();
  return hold;
}

}  // namespace tocsin::notify
