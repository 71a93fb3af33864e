#include "base/http/client.h"

#include <algorithm>
#include <charconv>
#include <future>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include "base/curl/loop.h"
#include "base/own_memory.h"

namespace tocsin::http {
namespace {

constexpr long kMaxRedirects = 10;
constexpr size_t kMaxHeaderBytes = size_t{256} << 10;

/// So long an answer needs no large buffer. Above a kilobyte malloc tidies its heap for each that it gives.
constexpr size_t kShortAnswer = size_t{1} << 20;

/// The handles of messages that went well, for further ones to the same place: to make one and to set it up
/// costs more than to send a small message. One is used again as it is, and only where all that it was set up
/// for is the same (the certificate, the proxy, who signs in), so nothing of another's can be left in it. One
/// that failed, or was given up, is never used again: libcurl may have left it in the middle of something.
/// Thread safe.
class UsedHandles {
 public:
  /// Null when there is none.
  curl::Transfer::Easy Take(const ClientRequest& request) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(handles_.rbegin(), handles_.rend(),
                                    [&](const Used& used) { return SameSetup(used.set_up_for, request); });
    if (found == handles_.rend()) return nullptr;
    curl::Transfer::Easy easy = std::move(found->easy);
    handles_.erase(std::next(found).base());
    return easy;
  }

  void GiveBack(ClientRequest request, curl::Transfer::Easy easy) {
    Used oldest;  // cleaned up outside of the lock
    request.body = std::string();
    request.headers = Headers();
    const std::lock_guard lock(mutex_);
    if (handles_.size() == kMost) {
      oldest = std::move(handles_.front());
      handles_.erase(handles_.begin());
    }
    handles_.push_back({std::move(request), std::move(easy)});
  }

  /// Messages go to the same place again and again, many at a time. A set-up of which libcurl keeps but a
  /// pointer belongs to one transfer.
  static bool MayReuse(const ClientRequest& request) {
    return request.method == "POST" && !request.stream && !request.take_body &&
           request.tls.server_name.empty() && request.proxy_headers.empty();
  }

 private:
  struct Used {
    ClientRequest set_up_for;
    curl::Transfer::Easy easy;
  };
  /// As many as messages to one receiver may be under way.
  static constexpr size_t kMost = 64;

  /// Whether the two differ in nothing but headers, body and timeout.
  static bool SameSetup(const ClientRequest& a, const ClientRequest& b) {
    const auto all = [](const ClientRequest& r) {
      return std::tie(r.url, r.method, r.max_response_bytes, r.follow_redirects, r.accept_gzip, r.unix_socket,
                      r.proxy_url, r.no_proxy, r.allow_http2);
    };
    const auto tls = [](const TlsClientOptions& t) {
      return std::tie(t.ca_file, t.cert_file, t.key_file, t.server_name, t.verify, t.ca, t.cert, t.key,
                      t.min_version, t.max_version);
    };
    const auto same_user = [](const std::optional<BasicAuth>& x, const std::optional<BasicAuth>& y) {
      return x.has_value() == y.has_value() &&
             (!x || (x->username == y->username && x->password == y->password));
    };
    return MayReuse(b) && all(a) == all(b) && tls(a.tls) == tls(b.tls) &&
           same_user(a.basic_auth, b.basic_auth);
  }

  std::mutex mutex_;
  std::vector<Used> handles_;  // the one used last is the last
};

class HttpTransfer final : public curl::Transfer {
 public:
  HttpTransfer(ClientRequest request, std::shared_ptr<UsedHandles> used, const std::string& user_agent,
               Done done)
      : Transfer(used->Take(request)),
        request_(std::move(request)),
        used_(std::move(used)),
        done_(std::move(done)) {
    if (fresh()) {
      SetUp(user_agent);
    } else {
      SetBody();
    }
    SetFields();
    SetTimeout(request_.timeout);
    if (request_.stream) {
      Set(CURLOPT_TIMEOUT_MS, 0L);
      Set(CURLOPT_TCP_KEEPALIVE, 1L);
    }
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_HEADERDATA, this);
  }

  void Finish(CURLcode code) override {
    if (code != CURLE_OK) return done_(tl::unexpected<Error>(Explain(code)));
    response_.status = static_cast<int>(Info<long>(CURLINFO_RESPONSE_CODE));
    response_.elapsed = Duration(Info<curl_off_t>(CURLINFO_TOTAL_TIME_T) / 1000);
    const bool went_well = response_.status / 100 == 2 && Info<long>(CURLINFO_REDIRECT_COUNT) == 0;
    if (went_well && UsedHandles::MayReuse(request_)) used_->GiveBack(std::move(request_), Release());
    done_(std::move(response_));
  }

 private:
  /// All but what differs from one message to the next.
  void SetUp(const std::string& user_agent) {
    SetTarget();
    SetMethod();
    Set(CURLOPT_USERAGENT, user_agent);  // a header of that name takes its place
    const TlsClientOptions& tls = request_.tls;
    SetTls(tls.ca_file, tls.cert_file, tls.key_file, tls.verify);
    SetTlsTexts(tls.ca, tls.cert, tls.key);
    SetTlsVersions(tls.min_version, tls.max_version);
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
    // A handle that is used again would else resume with the certificate of before one whose file has
    // changed.
    Set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    Set(CURLOPT_WRITEFUNCTION, &HttpTransfer::OnBody);
    Set(CURLOPT_HEADERFUNCTION, &HttpTransfer::OnHeader);
    // A page of megabytes comes in fewer turns than with curl's 16 KiB.
    Set(CURLOPT_BUFFERSIZE, request_.max_response_bytes <= kShortAnswer ? 1L << 10 : 128L << 10);
  }

  void SetTarget() {
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION,
        static_cast<long>(request_.allow_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_PROXY, request_.proxy_url);  // "" keeps libcurl from asking the environment
    Set(CURLOPT_NOPROXY, request_.no_proxy);
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
      SetBody();
    }
    if (request_.method != "HEAD" && request_.method != "POST" && (request_.method != "GET" || has_body)) {
      Set(CURLOPT_CUSTOMREQUEST, request_.method);
    }
  }

  void SetBody() {
    Set(CURLOPT_POSTFIELDS, request_.body);
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }

  void SetFields() {
    // libcurl's own fields for a body: a form's type, and a wait for 100-continue that costs a second.
    List lines = MakeList({"Expect:"});
    if (!request_.headers.Find("Content-Type")) Append(lines, "Content-Type:");
    AddLines(request_.headers, lines);
    SetHeaders(std::move(lines));
    if (!request_.proxy_headers.empty()) {
      AddLines(request_.proxy_headers, proxy_headers_);
      Set(CURLOPT_PROXYHEADER, proxy_headers_.get());
    }
    if (fault_) Set(CURLOPT_URL, static_cast<const char*>(nullptr));  // so that it does not start
  }

  void AddLines(const Headers& headers, List& lines) {
    const auto breaks = [](const std::string& text) {
      return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
    };
    std::string line;
    for (const auto& [name, value] : headers) {
      if (breaks(name) || breaks(value)) {
        fault_ = Error(ErrorCode::kInvalidArgument, "the header " + UrlEncode(name) + " holds a line break");
        continue;
      }
      line.assign(name).append(value.empty() ? ";" : ": ").append(value);
      Append(lines, line);
    }
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
    if (size > self.request_.max_response_bytes - self.body_bytes_) {
      self.fault_ = Error(ErrorCode::kResourceExhausted, fmt::format("the response is larger than {} bytes",
                                                                     self.request_.max_response_bytes));
      return 0;
    }
    self.body_bytes_ += size;
    if (self.request_.take_body) {
      self.request_.take_body(self.response_, std::string_view(data, size));
    } else {
      self.response_.body.append(data, size);
    }
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
    response_.status = static_cast<int>(Info<long>(CURLINFO_RESPONSE_CODE));
    if (request_.stream && response_.status >= 200) request_.stream->opened(response_.status);
    if (!request_.stream && !request_.take_body) MakeRoom();
  }

  /// A body of megabytes should not be copied from a small place to larger ones as it grows.
  void MakeRoom() {
    const std::string_view text = response_.headers.Get("Content-Length");
    size_t length = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (fault != std::errc{} || length > request_.max_response_bytes) return;
    response_.body.reserve(length);
    // Not all that a server says: it might send none of it.
    constexpr size_t kLarge = size_t{1} << 20;
    constexpr size_t kMostAtOnce = size_t{16} << 20;
    if (length > kLarge) own_memory::Populate(response_.body.data(), std::min(length, kMostAtOnce));
  }

  ClientRequest request_;
  const std::shared_ptr<UsedHandles> used_;
  const Done done_;
  ClientResponse response_;
  size_t header_bytes_ = 0;
  size_t body_bytes_ = 0;
  List proxy_headers_;
  std::optional<Error> fault_;  // what we found wrong ourselves
};

class CurlClient final : public Client {
 public:
  CurlClient(async::Pool& pool, std::string user_agent) : loop_(pool), user_agent_(std::move(user_agent)) {}

  std::unique_ptr<Handle> Send(ClientRequest request, Done done) override {
    return std::make_unique<TicketHandle>(
        loop_.Start(std::make_shared<HttpTransfer>(std::move(request), used_, user_agent_, std::move(done))));
  }

 private:
  class TicketHandle final : public Handle {
   public:
    explicit TicketHandle(curl::Loop::Ticket ticket) : ticket_(std::move(ticket)) {}

   private:
    curl::Loop::Ticket ticket_;
  };

  curl::Loop loop_;
  const std::shared_ptr<UsedHandles> used_ = std::make_shared<UsedHandles>();
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
