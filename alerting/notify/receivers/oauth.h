// Tokens of OAuth 2.0 with client credentials (RFC 6749 section 4.4): one for all messages of an integration,
// got when it is needed and kept until it expires.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "alerting/notify/receivers/options.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/http/client.h"

namespace tocsin::notify {

/// Thread safe; held by shared_ptr. `client` and `clock` must outlive it.
class OAuthTokens : public std::enable_shared_from_this<OAuthTokens> {
 public:
  /// Gives the value of an Authorization header.
  using Done = std::function<void(Result<std::string>)>;

  OAuthTokens(OAuthOptions options, http::Client& client, const Clock& clock)
      : options_(std::move(options)), client_(client), clock_(clock) {}

  /// Calls `done` at once when a token is there; else when the server has answered: whoever asks meanwhile
  /// waits for the same answer. Not to be called under a lock that `done` takes.
  void Get(Duration timeout, Done done);
  /// The server of the messages does not know this one any more.
  void Forget(const std::string& authorization);

 private:
  void Ask(Duration timeout, bool credentials_in_header);
  void Answered(Duration timeout, bool credentials_in_header, const Result<http::ClientResponse>& response);
  void Finish(const Result<std::string>& outcome);
  /// The header from the server's answer, kept with the moment at which it expires.
  Result<std::string> Take(const http::ClientResponse& response);

  const OAuthOptions options_;
  http::Client& client_;
  const Clock& clock_;

  std::mutex mutex_;
  std::string authorization_;
  std::optional<Timestamp> expires_at_;
  std::vector<Done> waiting_;
  std::unique_ptr<http::Client::Handle> request_;
  std::unique_ptr<http::Client::Handle> last_request_;  ///< whose callback may be making the next
};

/// As a form's value is written: a space is a plus sign.
std::string FormEncode(std::string_view text);

}  // namespace tocsin::notify
