#include "backend/server.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <vector>

#include <CivetServer.h>
#include <civetweb.h>
#include <fmt/format.h>
#include <prometheus/exposer.h>

namespace tocsin::backend {
namespace {

constexpr std::chrono::seconds kDrain{5};

std::string ModeOf(const mg_request_info& info) {
  const std::string_view query = info.query_string == nullptr ? "" : info.query_string;
  char mode[32];
  const int length = mg_get_var(query.data(), query.size(), "mode", mode, sizeof mode);
  if (length == -2)
    return std::string(query.substr(0, sizeof mode));  // too long to be a mode: refused by name
  return length < 0 ? "" : std::string(mode, static_cast<size_t>(length));
}

// CivetWeb closes after each answer, and an answer of HTTP/1.1 that does not say so invites a proxy to keep
// the connection and to lose the next request on it.
std::string Render(const Response& response, const Identity& identity, bool with_body) {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nX-App-Pool: {}\r\nX-Release-Id: {}\r\n"
      "Cache-Control: no-store\r\nConnection: close\r\n",
      response.status, mg_get_response_code_text(nullptr, response.status), response.content_type,
      response.body.size(), identity.pool, identity.release);
  for (const auto& [name, value] : response.headers) text += fmt::format("{}: {}\r\n", name, value);
  text += "\r\n";
  if (with_body) text += response.body;
  return text;
}

class CivetWebServer final : public Server {
 public:
  CivetWebServer(const ServerOptions& options, Service& service, Metrics& metrics, Logger log)
      : service_(service), metrics_(metrics), log_(std::move(log)) {
    CivetCallbacks callbacks;
    callbacks.init_context = AddHandler;
    starting_ = this;
    exposer_ = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports",
                                 fmt::format("{}:{}", options.listen_address, options.port),  //
                                 "num_threads", std::to_string(options.threads),              //
                                 "connection_queue", std::to_string(options.threads),         //
                                 "listen_backlog", "1024",                                    //
                                 "tcp_nodelay", "1",                                          //
                                 "request_timeout_ms", "30000"},
        &callbacks);
    exposer_->RegisterCollectable(metrics.registry());
  }

  // CivetWeb drops what it is answering when it stops, and has no call to end only the listening.
  ~CivetWebServer() override {
    std::unique_lock lock(mutex_);
    answered_.wait_for(lock, kDrain, [this] { return in_flight_ == 0; });
  }

  uint16_t port() const override { return static_cast<uint16_t>(exposer_->GetListeningPorts().at(0)); }

 private:
  // The Exposer owns its CivetServer and hands it to nobody. CivetWeb calls init_context on the thread that
  // starts it, before it takes a connection: so the handler is there for the first request, too.
  static inline thread_local CivetWebServer* starting_ = nullptr;
  static void AddHandler(const mg_context* context) {
    mg_set_request_handler(const_cast<mg_context*>(context),  // NOLINT(cppcoreguidelines-pro-type-const-cast)
                           "/**", HandleRequest, starting_);
  }

  static int HandleRequest(mg_connection* connection, void* self) {
    auto& server = *static_cast<CivetWebServer*>(self);
    server.CountInFlight(+1);
    const int status = server.Answer(connection);
    server.CountInFlight(-1);
    return status;
  }

  void CountInFlight(int change) {
    std::lock_guard lock(mutex_);
    in_flight_ += change;
    if (in_flight_ == 0) answered_.notify_all();
  }

  int Answer(mg_connection* connection) {
    const auto begin = std::chrono::steady_clock::now();
    const mg_request_info& info = *mg_get_request_info(connection);
    const std::string mode = ModeOf(info);
    const Request request{.method = info.request_method, .path = info.local_uri, .mode = mode};
    const Response response = service_.Handle(request);
    metrics_.Count(std::string(Service::MethodLabel(request.method)),
                   std::string(Service::RouteLabel(request.path)), response.status,
                   std::chrono::steady_clock::now() - begin);
    const std::string text = Render(response, service_.identity(), request.method != "HEAD");
    mg_write(connection, text.data(), text.size());
    if (request.path.starts_with("/chaos/")) {
      log_.Info("Chaos", {{"path", request.path}, {"mode", mode}, {"status", response.status}});
    }
    return response.status;
  }

  Service& service_;
  Metrics& metrics_;
  const Logger log_;
  std::mutex mutex_;
  std::condition_variable answered_;
  int in_flight_ = 0;
  std::unique_ptr<prometheus::Exposer> exposer_;  // last, so that it stops before the rest goes
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Service& service,
                                              Metrics& metrics, Logger log) {
  try {
    return std::make_unique<CivetWebServer>(options, service, metrics, std::move(log));
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kUnavailable, fmt::format("can't listen on {}:{} (is the port taken?): {}",
                                                     options.listen_address, options.port, e.what()));
  }
}

}  // namespace tocsin::backend
