// Another server of the ecosystem, as we speak to it: where it is, and who we are to it.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http/client.h"
#include "base/secret.h"
#include "base/time.h"

namespace tocsin::remote {

struct EndpointOptions {
  std::string url = {};  ///< up to what comes before /api/v1, or of remote write the whole; "": none
  std::vector<std::pair<std::string, SecretSource>> headers = {};
  std::string username = {};  ///< of basic auth; "": none
  SecretSource password = {};
  SecretSource bearer_token = {};
  http::TlsClientOptions tls = {};
  Duration timeout{30'000};  ///< of one attempt
  int retries = 2;           ///< of reads, after the first attempt
};

/// What is wrong with them, as far as it can be told without the network: the URL, secrets that can't be
/// read, two ways to sign in.
Status Check(const EndpointOptions& options);

/// A request to `path` below the URL, signed in; secrets in files are read now. Fails when one can't be.
Result<http::ClientRequest> MakeRequest(const EndpointOptions& options, std::string_view path);

/// The answer's body is bounded by this; a datasource's answer of many series is some megabytes.
inline constexpr size_t kMaxAnswerBytes = size_t{32} << 20;

/// Waits for the exchange, or until `stop` is requested (kCanceled). Not to be called on the client's pool.
Result<http::ClientResponse> Exchange(http::Client& client, http::ClientRequest request,
                                      const std::stop_token& stop);

/// Whether another attempt may go better: the server is away, or says that it can't now.
bool MayRetry(const Result<http::ClientResponse>& answer);

}  // namespace tocsin::remote
