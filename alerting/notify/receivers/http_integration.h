// What all receivers but mail have in common: a message is one or a few HTTP requests, made as the receiver's
// http_config says, and the answers' statuses tell what became of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/receivers/oauth.h"
#include "alerting/notify/receivers/options.h"
#include "alerting/notify/template/templates.h"
#include "base/clock.h"
#include "base/http/client.h"

namespace tocsin::notify {

/// Names the message, the same each time that it is sent: who gets one twice can tell.
inline constexpr const char* kNotificationIdHeader = "X-Tocsin-Notification-Id";

struct HttpMessage {
  std::string method = "POST";
  Secret url;
  std::string body;
  std::string content_type = "application/json";
  http::Headers headers = {};  ///< beside those of http_config
  /// What no error may repeat, beside the URL, its last part and the credentials of http_config.
  std::vector<std::string> secrets = {};
};

/// What an answer means.
using Judge = std::function<SendResult(const http::ClientResponse&)>;

/// A message as it is to go out.
struct HttpPlan {
  std::vector<HttpMessage> messages;  ///< one after the other; the first failure ends it
  Judge judge;                        ///< empty: JudgeStatus
  std::optional<Error> flaw;          ///< what is wrong with the message that goes out all the same
};

/// Where only 2xx is a success: 429 and 5xx may work later, when Retry-After says; the others won't. The
/// error holds the start of the answer's body.
SendResult JudgeStatus(const http::ClientResponse& response);

/// How a request gets out.
void SetProxy(const ProxyOptions& proxy, http::ClientRequest& request);

/// The references must outlive it.
struct HttpServices {
  http::Client& http;
  const Clock& clock;
  std::shared_ptr<const Templates> templates;
};

/// A receiver says what to send; this sends it.
class HttpIntegration : public Integration {
 public:
  HttpIntegration(IntegrationId id, bool send_resolved, HttpOptions options, Duration timeout,
                  const HttpServices& services);
  ~HttpIntegration() override;

  const IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return send_resolved_; }
  std::unique_ptr<Attempt> Send(const Notification& notification, Duration timeout, Done done) const final;

  /// The message whole; fails when it can't be sent at all. No error holds a secret.
  virtual Result<HttpPlan> Plan(const Notification& notification) const = 0;

 protected:
  /// Set while the receiver wants to be left alone, for as long as that: nothing is sent.
  virtual std::optional<Duration> Paused() const { return std::nullopt; }
  const Templates& templates() const { return *templates_; }
  const Clock& clock() const { return clock_; }

 private:
  class Exchange;

  IntegrationId id_;
  bool send_resolved_;
  std::shared_ptr<const HttpOptions> options_;
  Duration timeout_;
  http::Client& client_;
  const Clock& clock_;
  std::shared_ptr<const Templates> templates_;
  std::shared_ptr<OAuthTokens> tokens_;  ///< null without oauth2
};

}  // namespace tocsin::notify
