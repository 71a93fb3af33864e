// The HTTP client of both daemons: libcurl's multi interface on the Asio loop, so that a thousand slow
// servers hold no thread. Connections are kept and reused for each host.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/async/pool.h"
#include "base/http/message.h"
#include "base/time.h"

namespace tocsin::http {

struct TlsClientOptions {
  std::string ca_file = {};    ///< "": the system's
  std::string cert_file = {};  ///< client certificate, PEM
  std::string key_file = {};
  std::string server_name = {};  ///< SNI and the name to verify, when not the URL's host
  bool verify = true;
  // The same material as PEM text instead of files; "" when there is none.
  std::string ca = {};
  std::string cert = {};
  std::string key = {};  ///< never logged
  // As 10, 11, 12 or 13.
  int min_version = 0;  ///< 0: 12
  int max_version = 0;  ///< 0: the newest
};

struct BasicAuth {
  std::string username;
  std::string password;  ///< never logged
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
  Duration elapsed{0};
};

/// Takes a response as it arrives, for one that has no end. Called on the client's own threads, one call at a
/// time, never after Done: whoever takes long holds up other transfers, so hand it on.
struct Stream {
  std::function<void(int status)> opened;           ///< the header is there
  std::function<void(std::string_view part)> data;  ///< some of the body, of any status
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http:// or https://; RFC 3986
  Headers headers = {};
  std::string body = {};
  Duration timeout{10'000};                      ///< for the whole exchange
  size_t max_response_bytes = size_t{64} << 20;  ///< kResourceExhausted above; counts decompressed bytes
  bool secret_path = false;  ///< the path is a secret, as a Slack webhook's is: no message shows it
  bool follow_redirects = false;
  bool accept_gzip = false;      ///< asks for gzip and decompresses it
  std::string unix_socket = {};  ///< path; the URL's host is then only the Host header
  std::optional<BasicAuth> basic_auth = {};
  TlsClientOptions tls = {};
  std::string proxy_url = {};  ///< "" none; the environment's proxy variables are not read
  std::string no_proxy = {};   ///< hosts, domains and networks that are reached without it, comma-separated
  Headers proxy_headers = {};  ///< sent to the proxy with CONNECT
  bool allow_http2 = false;    ///< over TLS, when the server wants it
  /// Then the response's body stays empty, `max_response_bytes` does not count, and `timeout` is for
  /// connecting alone; a peer that vanished without a word is noticed by TCP's keep-alive.
  std::optional<Stream> stream = {};
  /// Then the body's pieces go here as they arrive, with the head of the response, and the response's body
  /// stays empty. Called as Stream's functions are, and perhaps once more after the handle was destroyed.
  std::function<void(const ClientResponse& head, std::string_view piece)> take_body = {};
};

/// Any status is a response, not an error. Errors: kTimeout, kUnavailable (refused, reset, DNS, TLS),
/// kCanceled, kResourceExhausted, kInvalidArgument (the URL). Messages hold the URL without user info and
/// query.
using Done = std::function<void(Result<ClientResponse>)>;

/// Thread safe.
class Client {
 public:
  virtual ~Client() = default;

  /// Lets a request go when destroyed: `done` is then not called any more, unless it is running at that
  /// moment.
  class Handle {
   public:
    virtual ~Handle() = default;
  };

  /// Starts the exchange; `done` is called once, on the pool. Keep the handle for as long as the answer
  /// matters.
  [[nodiscard]] virtual std::unique_ptr<Handle> Send(ClientRequest request, Done done) = 0;

  /// The same, waiting. Not to be called on the pool's threads.
  Result<ClientResponse> SendAndWait(ClientRequest request);
};

/// The real one. The Pool must outlive it; its destructor ends what is under way with kCanceled.
std::unique_ptr<Client> MakeCurlClient(async::Pool& pool, std::string user_agent);

/// "https://user:secret@host/path?token=x" to "https://host/path": what a log line may show.
std::string RedactUrl(std::string_view url);

}  // namespace tocsin::http
