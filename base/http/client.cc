#include "base/http/client.h"

#include <future>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include "base/curl/loop.h"

namespace tocsin::http {
namespace {

constexpr long kMaxRedirects = 10;
constexpr size_t kMaxHeaderBytes = size_t{256} << 10;

class HttpTransfer final : public curl::Transfer {
 public:
  HttpTransfer(ClientRequest request, const std::string& user_agent, Done done)
      : request_(std::move(request)), done_(std::move(done)) {
    SetTarget();
    SetMethod();
    SetFields(user_agent);
    SetTimeout(request_.timeout);
    if (request_.stream) {
      Set(CURLOPT_TIMEOUT_MS, 0L);
      Set(CURLOPT_TCP_KEEPALIVE, 1L);
    }
    const TlsClientOptions& tls = request_.tls;
    SetTls(tls.ca_file, tls.cert_file, tls.key_file, tls.verify);
    if (request_.follow_redirects) {
      Set(CURLOPT_FOLLOWLOCATION, 1L);
      Set(CURLOPT_MAXREDIRS, kMaxRedirects);
    }
    if (request_.accept_gzip) Set(CURLOPT_ACCEPT_ENCODING, "gzip");
    if (request_.basic_auth) {
      Set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      Set(CURLOPT_USERNAME, request_.basic_auth->username);
      Set(CURLOPT_PASSWORD, request_.basic_auth->password);
    }
    Set(CURLOPT_WRITEFUNCTION, &HttpTransfer::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_HEADERFUNCTION, &HttpTransfer::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
  }

  void Finish(CURLcode code) override {
    if (code != CURLE_OK) return done_(tl::unexpected<Error>(Explain(code)));
    response_.status = static_cast<int>(Info<long>(CURLINFO_RESPONSE_CODE));
    response_.elapsed = Duration(Info<curl_off_t>(CURLINFO_TOTAL_TIME_T) / 1000);
    done_(std::move(response_));
  }

 private:
  void SetTarget() {
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_PROXY, request_.proxy_url);  // "" keeps libcurl from asking the environment
    Set(CURLOPT_NOPROXY, "");
    if (!request_.unix_socket.empty()) Set(CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket);
    Set(CURLOPT_URL, request_.tls.server_name.empty() ? request_.url : WithServerName());
  }

  /// The URL with the name that TLS shall ask for and verify, while the connection goes to the URL's own
  /// host.
  std::string WithServerName() {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
    if (curl_url_set(url.get(), CURLUPART_URL, request_.url.c_str(), 0) != CURLUE_OK) return request_.url;
    const auto part = [&url](CURLUPart which) {
      char* text = nullptr;
      curl_url_get(url.get(), which, &text, CURLU_DEFAULT_PORT);
      std::string out = text ? text : "";
      curl_free(text);
      return out;
    };
    const std::string host = part(CURLUPART_HOST);
    const std::string port = part(CURLUPART_PORT);
    if (!request_.headers.Find("Host")) request_.headers.Add("Host", host + ":" + port);
    SetConnectTo(request_.tls.server_name + ":" + port, host + ":" + port);
    curl_url_set(url.get(), CURLUPART_HOST, request_.tls.server_name.c_str(), 0);
    return part(CURLUPART_URL);
  }

  void SetMethod() {
    const bool has_body = !request_.body.empty();
    if (request_.method == "HEAD") {
      Set(CURLOPT_NOBODY, 1L);
    } else if (request_.method == "POST" || has_body) {
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDS, request_.body);
      Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    }
    if (request_.method != "HEAD" && request_.method != "POST" && (request_.method != "GET" || has_body)) {
      Set(CURLOPT_CUSTOMREQUEST, request_.method);
    }
  }

  void SetFields(const std::string& user_agent) {
    // libcurl's own fields for a body: a form's type, and a wait for 100-continue that costs a second.
    std::vector<std::string> lines = {"Expect:"};
    if (!request_.headers.Find("Content-Type")) lines.emplace_back("Content-Type:");
    if (!request_.headers.Find("User-Agent")) Set(CURLOPT_USERAGENT, user_agent);
    for (const auto& [name, value] : request_.headers) {
      if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
        fault_ = Error(ErrorCode::kInvalidArgument, "the header " + UrlEncode(name) + " holds a line break");
        continue;
      }
      lines.push_back(value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
    }
    SetHeaders(lines);
    if (fault_) Set(CURLOPT_URL, static_cast<const char*>(nullptr));  // so that it does not start
  }

  Error Explain(CURLcode code) const {
    Error cause = fault_ ? *fault_ : ToError(code);
    // libcurl calls an answer without a status line HTTP/0.9, and that an unsupported protocol.
    if (code == CURLE_UNSUPPORTED_PROTOCOL && Info<curl_off_t>(CURLINFO_PRETRANSFER_TIME_T) > 0) {
      cause = Error(ErrorCode::kUnavailable, "the answer is not HTTP");
    }
    return cause.WithContext(request_.method + " " + ShownUrl());
  }

  std::string ShownUrl() const {
    std::string url = RedactUrl(request_.url);
    if (!request_.secret_path) return url;
    const size_t scheme = url.find("://");
    return scheme == std::string::npos ? "<secret>" : url.substr(0, url.find('/', scheme + 3)) + "/<secret>";
  }

  static size_t OnBody(const char* data, size_t /*one*/, size_t size, void* transfer) {
    auto& self = *static_cast<HttpTransfer*>(transfer);
    if (self.request_.stream) {
      self.request_.stream->data(std::string_view(data, size));
      return size;
    }
    if (size > self.request_.max_response_bytes - self.response_.body.size()) {
      self.fault_ = Error(ErrorCode::kResourceExhausted, fmt::format("the response is larger than {} bytes",
                                                                     self.request_.max_response_bytes));
      return 0;
    }
    self.response_.body.append(data, size);
    return size;
  }

  static size_t OnHeader(const char* data, size_t /*one*/, size_t size, void* transfer) {
    auto& self = *static_cast<HttpTransfer*>(transfer);
    std::string_view line(data, size);
    self.header_bytes_ += size;
    if (self.header_bytes_ > kMaxHeaderBytes) {
      self.fault_ = Error(ErrorCode::kResourceExhausted, "the response header is too large");
      return 0;
    }
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {  // the final response follows interim ones and redirects
      self.response_.headers = Headers();
    } else if (line.empty()) {
      self.Open();
    } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
      std::string_view value = line.substr(colon + 1);
      while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
      self.response_.headers.Add(std::string(line.substr(0, colon)), std::string(value));
    }
    return size;
  }

  /// At the end of a header: of the final response or of an interim one.
  void Open() {
    const auto status = static_cast<int>(Info<long>(CURLINFO_RESPONSE_CODE));
    if (request_.stream && status >= 200) request_.stream->opened(status);
  }

  ClientRequest request_;
  const Done done_;
  ClientResponse response_;
  size_t header_bytes_ = 0;
  std::optional<Error> fault_;  // what we found wrong ourselves
};

class CurlClient final : public Client {
 public:
  CurlClient(async::Pool& pool, std::string user_agent) : loop_(pool), user_agent_(std::move(user_agent)) {}

  std::unique_ptr<Handle> Send(ClientRequest request, Done done) override {
    return std::make_unique<TicketHandle>(
        loop_.Start(std::make_shared<HttpTransfer>(std::move(request), user_agent_, std::move(done))));
  }

 private:
  class TicketHandle final : public Handle {
   public:
    explicit TicketHandle(curl::Loop::Ticket ticket) : ticket_(std::move(ticket)) {}

   private:
    curl::Loop::Ticket ticket_;
  };

  curl::Loop loop_;
  const std::string user_agent_;
};

}  // namespace

Result<ClientResponse> Client::SendAndWait(ClientRequest request) {
  const auto answer = std::make_shared<std::promise<Result<ClientResponse>>>();
  const auto handle = Send(std::move(request),
                           [answer](Result<ClientResponse> result) { answer->set_value(std::move(result)); });
  return answer->get_future().get();
}

std::unique_ptr<Client> MakeCurlClient(async::Pool& pool, std::string user_agent) {
  return std::make_unique<CurlClient>(pool, std::move(user_agent));
}

std::string RedactUrl(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const size_t scheme = url.find("://");
  const size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t slash = std::min(url.find('/', start), url.size());
  // The last '@' before the path ends the user info: a password may hold one itself.
  const size_t at = url.substr(start, slash - start).rfind('@');
  const size_t host = at == std::string_view::npos ? start : start + at + 1;
  return std::string(url.substr(0, start)) + std::string(url.substr(host));
}

}  // namespace tocsin::http
