#include "alerting/web/proxy_api.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "alerting/web/json.h"

namespace tocsin::web {
namespace {

/// A question under way. It holds the transfer, which the client's going away ends.
class Question : public std::enable_shared_from_this<Question> {
 public:
  explicit Question(http::Responder responder) : responder_(std::move(responder)) {}

  void Send(http::Client& client, http::ClientRequest request, const std::stop_token& stop) {
    auto handle = client.Send(
        std::move(request),
        [self = shared_from_this()](const Result<http::ClientResponse>& answer) { self->Answer(answer); });
    {
      const std::lock_guard lock(mutex_);
      if (!answered_) handle_ = std::move(handle);
    }
    // Outside of the lock, as a stop that was requested already runs the callback here.
    stop_.emplace(stop, Leave{weak_from_this()});
  }

 private:
  struct Leave {
    std::weak_ptr<Question> question;
    void operator()() const {
      if (const auto self = question.lock()) self->Answer(Fail(ErrorCode::kCanceled, "the client went away"));
    }
  };

  void Answer(const Result<http::ClientResponse>& answer) {
    std::unique_ptr<http::Client::Handle> handle;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(answered_, true)) return;
      handle = std::move(handle_);
    }
    responder_(ResponseFor(answer));
  }

  static http::Response ResponseFor(const Result<http::ClientResponse>& answer) {
    if (!answer) {
      switch (answer.error().code()) {
        case ErrorCode::kCanceled:
          return Failure(499, "canceled", answer.error().message());
        case ErrorCode::kTimeout:
          return Failure(503, "timeout", answer.error().message());
        default:
          return Failure(503, "unavailable", answer.error().message());
      }
    }
    http::Response response;
    response.status = answer->status;
    response.body = answer->body;
    const std::string_view type = answer->headers.Get("Content-Type");
    if (!type.empty()) response.headers.Set("Content-Type", std::string(type));
    return response;
  }

  const http::Responder responder_;
  std::mutex mutex_;
  bool answered_ = false;
  std::unique_ptr<http::Client::Handle> handle_;
  std::optional<std::stop_callback<Leave>> stop_;
};

/// The same question to the other server. A form in the body goes on as one.
Result<http::ClientRequest> PassedOn(const remote::EndpointOptions& datasource,
                                     const http::Request& request) {
  std::string path;
  for (std::string_view rest = request.path; !rest.empty();) {
    rest.remove_prefix(1);  // the slash
    const size_t end = std::min(rest.find('/'), rest.size());
    path += "/" + http::UrlEncode(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  for (const auto& [name, value] : request.query) {
    path += path.find('?') == std::string::npos ? '?' : '&';
    path += http::UrlEncode(name) + "=" + http::UrlEncode(value);
  }
  Result<http::ClientRequest> made = remote::MakeRequest(datasource, path);
  if (!made) return made;
  made->method = request.method == "POST" ? "POST" : "GET";
  made->accept_gzip = true;
  if (made->method == "POST") {
    made->headers.Set("Content-Type", std::string(request.headers.Get("Content-Type")));
    made->body = request.body;
  }
  return made;
}

}  // namespace

void AddProxyApi(http::Router& router, const remote::EndpointOptions& datasource, http::Client& client) {
  const http::Handler pass = [datasource, &client](const http::Request& request,
                                                   const http::Responder& responder) {
    Result<http::ClientRequest> made = PassedOn(datasource, request);
    if (!made) return responder(Failure(503, "unavailable", made.error().ToString()));
    std::make_shared<Question>(responder)->Send(client, *std::move(made), request.stop);
  };
  for (const char* method : {"GET", "POST"}) {
    for (const char* path : {"query", "query_range", "query_exemplars", "series", "labels"}) {
      router.Handle(method, std::string("/api/v1/") + path, pass);
    }
  }
  for (const char* path : {"label/:name/values", "metadata"}) {
    router.Handle("GET", std::string("/api/v1/") + path, pass);
  }
}

}  // namespace tocsin::web
