#include "exporter/stub_status/collector.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace tocsin::stub_status {

namespace {

struct Figure {
  std::string_view name;
  std::string_view help;
  exposition::Type type;
  uint64_t Page::*value;
};

constexpr std::array kFigures = {
    Figure{"nginx_connections_accepted", "Accepted client connections", exposition::Type::kCounter,
           &Page::accepted},
    Figure{"nginx_connections_active", "Active client connections", exposition::Type::kGauge, &Page::active},
    Figure{"nginx_connections_handled", "Handled client connections", exposition::Type::kCounter,
           &Page::handled},
    Figure{"nginx_connections_reading", "Connections where NGINX is reading the request header",
           exposition::Type::kGauge, &Page::reading},
    Figure{"nginx_connections_waiting", "Idle client connections", exposition::Type::kGauge, &Page::waiting},
    Figure{"nginx_connections_writing", "Connections where NGINX is writing the response back to the client",
           exposition::Type::kGauge, &Page::writing},
    Figure{"nginx_http_requests_total", "Total http requests", exposition::Type::kCounter, &Page::requests},
};

/// "unix:/run/nginx.sock:/stub_status" to its socket and path; the socket's path has no colon.
Result<http::ClientRequest> RequestFor(const std::string& uri) {
  http::ClientRequest request;
  if (uri.starts_with("unix:")) {
    const size_t colon = uri.find(':', 5);
    request.unix_socket = uri.substr(5, colon == std::string::npos ? colon : colon - 5);
    request.url = "http://localhost" + (colon == std::string::npos ? "/" : uri.substr(colon + 1));
    if (request.unix_socket.empty()) return Fail(ErrorCode::kInvalidArgument, "no socket in " + uri);
    if (!request.url.starts_with("http://localhost/")) {
      return Fail(ErrorCode::kInvalidArgument, "the path behind the socket must begin with '/' in " + uri);
    }
    return request;
  }
  if (!uri.starts_with("http://") && !uri.starts_with("https://")) {
    return Fail(ErrorCode::kInvalidArgument,
                "--nginx.scrape-uri must begin with http://, https:// or unix:, not " + http::RedactUrl(uri));
  }
  request.url = uri;
  return request;
}

Result<Page> ReadAnswer(const Result<http::ClientResponse>& response) {
  if (!response) return Fail(response.error());
  if (response->status != 200) {
    return Fail(ErrorCode::kUnavailable, "answered with status " + std::to_string(response->status));
  }
  return ParsePage(response->body);
}

}  // namespace

/// One scrape's requests; lives until the last of them is done.
class Collector::Round : public std::enable_shared_from_this<Round> {
 public:
  Round(const std::vector<Target>& targets, Logger log, Done done)
      : targets_(targets), log_(std::move(log)), done_(std::move(done)), open_(targets.size()) {
    for (size_t i = 0; i < targets.size(); ++i)
      answers_.pages.emplace_back(Fail(ErrorCode::kCanceled, "not asked"));
  }

  void Begin(http::Client& client, Duration patience) {
    handles_.reserve(targets_.size());
    for (size_t i = 0; i < targets_.size(); ++i) {
      http::ClientRequest request = targets_[i].request;
      request.timeout = std::min(request.timeout, patience);
      handles_.push_back(client.Send(
          std::move(request), [self = shared_from_this(), i](auto response) { self->Take(i, response); }));
    }
    Leave();
  }

 private:
  void Take(size_t target, const Result<http::ClientResponse>& response) {
    Result<Page> page = ReadAnswer(response);
    if (!page) log_.Warn("Can't read stub_status", {{"uri", targets_[target].shown}, {"err", page.error()}});
    answers_.pages[target] = std::move(page);
    Leave();
  }

  /// The requests and Begin() itself each leave once; whoever is last tells. The handles go then, and with
  /// them the circle of references.
  void Leave() {
    if (open_.fetch_sub(1) != 0) return;
    answers_.elapsed = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began_);
    const auto handles = std::move(handles_);
    done_(std::move(answers_));
  }

  const std::vector<Target>& targets_;
  Logger log_;
  Done done_;
  Answers answers_;
  std::vector<std::unique_ptr<http::Client::Handle>> handles_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::atomic<size_t> open_;
};

Result<std::unique_ptr<Collector>> Collector::Make(http::Client& client, const CollectorOptions& options,
                                                   Logger log) {
  std::vector<Target> targets;
  targets.reserve(options.uris.size());
  for (const std::string& uri : options.uris) {
    Result<http::ClientRequest> request = RequestFor(uri);
    if (!request) return Fail(request.error());
    request->timeout = options.timeout;
    request->tls = options.tls;
    request->max_response_bytes = 64 << 10;
    const std::string shown = uri.starts_with("unix:") ? uri : http::RedactUrl(uri);
    if (std::ranges::any_of(targets, [&](const Target& other) { return other.shown == shown; })) {
      return Fail(ErrorCode::kInvalidArgument, "--nginx.scrape-uri names " + shown + " twice");
    }
    const std::string labels = options.uris.size() > 1 ? exposition::RenderLabels({{"addr", shown}}) : "";
    targets.push_back({std::move(*request), labels, shown});
  }
  return std::unique_ptr<Collector>(new Collector(client, std::move(targets), std::move(log)));
}

Collector::Collector(http::Client& client, std::vector<Target> targets, Logger log)
    : client_(client), targets_(std::move(targets)), log_(std::move(log)) {}

void Collector::Collect(Done done, Duration patience) const {
  std::make_shared<Round>(targets_, log_, std::move(done))->Begin(client_, patience);
}

void Collector::Write(exposition::Writer& writer, const Answers& answers) const {
  if (targets_.empty()) return;
  bool any_up = false;
  writer.Family("nginx_up", "Status of the last metric scrape", exposition::Type::kGauge);
  for (size_t i = 0; i < targets_.size(); ++i) {
    const bool up = answers.pages[i].has_value();
    any_up = any_up || up;
    writer.Sample(targets_[i].labels, uint64_t{up ? 1U : 0U});
  }
  if (!any_up) return;
  for (const Figure& figure : kFigures) {
    writer.Family(figure.name, figure.help, figure.type);
    for (size_t i = 0; i < targets_.size(); ++i) {
      const Result<Page>& page = answers.pages[i];
      if (page) writer.Sample(targets_[i].labels, *page.*figure.value);
    }
  }
}

}  // namespace tocsin::stub_status
