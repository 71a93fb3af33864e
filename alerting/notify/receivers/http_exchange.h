// What Slack and webhooks have in common: a JSON body, POSTed as the receiver's http_config says.
#pragma once

#include <memory>
#include <string>

#include "alerting/notify/options.h"
#include "alerting/notify/receivers/integration.h"
#include "base/http/client.h"

namespace tocsin::notify {

/// Names the message, the same each time that it is sent: who gets one twice can tell.
inline constexpr const char* kNotificationIdHeader = "X-Tocsin-Notification-Id";

/// The request, with credentials read from their files. Fails when a file can't be read.
Result<http::ClientRequest> MakePost(const HttpOptions& options, const Secret& url, std::string body,
                                     Duration timeout);

/// What a status means where only 2xx is a success: 429 and 5xx may work later, when Retry-After says; the
/// others won't. The message holds the start of the answer's body.
SendResult JudgeStatus(const http::ClientResponse& response);

/// Sends and hands the answer to `judge`, which says how the attempt went.
std::unique_ptr<Integration::Attempt> Exchange(http::Client& client, http::ClientRequest request,
                                               std::function<SendResult(const http::ClientResponse&)> judge,
                                               Integration::Done done);

/// For failures before anything was sent: calls `done`, and there is nothing to keep.
std::unique_ptr<Integration::Attempt> FailAttempt(Error error, const Integration::Done& done);

}  // namespace tocsin::notify
