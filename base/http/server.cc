#include "base/http/server.h"

#include <utility>

#include "base/http/listener.h"
#include "base/http/sessions.h"

namespace tocsin::http {
namespace {

class BeastServer final : public Server {
 public:
  BeastServer(std::shared_ptr<Sessions> sessions, std::vector<std::shared_ptr<Listener>> listeners)
      : sessions_(std::move(sessions)), listeners_(std::move(listeners)) {
    for (const auto& listener : listeners_) addresses_.push_back(listener->address());
    for (const auto& listener : listeners_) listener->Start();
  }
  ~BeastServer() override { StopAll(Duration{0}); }
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;

  std::vector<std::string> addresses() const override { return addresses_; }
  void Stop(Duration drain) override { StopAll(drain); }

 private:
  void StopAll(Duration drain) {
    if (sessions_->io().stopped()) return;  // nothing runs any more, and nothing would answer us
    for (const auto& listener : listeners_) listener->Stop();
    sessions_->Stop(drain);
  }

  const std::shared_ptr<Sessions> sessions_;
  const std::vector<std::shared_ptr<Listener>> listeners_;
  std::vector<std::string> addresses_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(async::Pool& pool, ServerOptions options, Router router,
                                              Logger log) {
  auto sessions = std::make_shared<Sessions>(pool, std::move(options), std::move(router), std::move(log));
  std::vector<std::shared_ptr<Listener>> listeners;
  listeners.reserve(sessions->options().listen.size() + sessions->options().sockets.size());
  for (const std::string& address : sessions->options().listen) {
    auto listener = Listener::Bind(address, sessions);
    if (!listener) return Fail(listener.error());
    listeners.push_back(std::move(*listener));
  }
  for (const int socket : sessions->options().sockets) {
    auto listener = Listener::Adopt(socket, sessions);
    if (!listener) return Fail(listener.error());
    listeners.push_back(std::move(*listener));
  }
  auto server = std::make_unique<BeastServer>(sessions, std::move(listeners));
  for (const std::string& address : server->addresses())
    sessions->log().Info("Listening on", {{"address", address}});
  return server;
}

}  // namespace tocsin::http
