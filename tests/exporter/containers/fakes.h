// A container engine that a test plays itself, and containers for it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/http/client.h"
#include "exporter/containers/container.h"

namespace tocsin::containers {

inline std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}
/// Those of the fixture trees of cgroup v1 and v2; that of v2 is as capture-v2 took it from a kernel.
inline const std::string kV1Id = Repeat("a", 64);
inline const std::string kV2Id = Repeat("b1", 32);          // Docker's, by systemd
inline const std::string kV2CgroupfsId = Repeat("b2", 32);  // Docker's, by cgroupfs
inline const std::string kV2PodmanId = Repeat("b3", 32);
inline constexpr uint64_t kV2Pid = 1077;  // the others follow

inline Container Running(const std::string& id, const std::string& name) {
  Container container;
  container.id = id;
  container.name = name;
  container.image = "app:1";
  container.state = State::kRunning;
  container.pid = kV2Pid;
  container.started_at = "2026-11-21T09:00:00Z";
  container.started_seconds = 1795251600;
  container.network_mode = "bridge";
  return container;
}
inline Container Exited(Container container, int64_t code) {
  container.state = State::kExited;
  container.pid = 0;
  container.exit_code = code;
  return container;
}

/// Keeps the requests until the test answers them. A request whose handle was dropped is one no more.
class FakeEngine final : public http::Client {
 public:
  std::unique_ptr<Handle> Send(http::ClientRequest request, http::Done done) override {
    auto exchange = std::make_shared<Exchange>(Exchange{std::move(request), std::move(done)});
    exchanges_.push_back(exchange);
    return std::make_unique<Dropper>(exchange);
  }

  /// The oldest open request of that path (without host and query); nullptr when there is none.
  const http::ClientRequest* Find(std::string_view path) const {
    for (const auto& exchange : exchanges_) {
      if (exchange->done && PathOf(exchange->request.url) == path) return &exchange->request;
    }
    return nullptr;
  }
  bool Answer(std::string_view path, int status, std::string body) {
    http::ClientResponse response;
    response.status = status;
    response.body = std::move(body);
    return Finish(path, std::move(response));
  }
  bool Fail(std::string_view path, ErrorCode code, std::string why) {
    return Finish(path, tocsin::Fail(code, std::move(why)));
  }
  void OpenEvents(int status = 200) { Find("/events")->stream->opened(status); }
  void SendEvents(std::string_view text) { Find("/events")->stream->data(text); }

 private:
  struct Exchange {
    http::ClientRequest request;
    http::Done done;
  };
  class Dropper final : public Handle {
   public:
    explicit Dropper(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
    Dropper(const Dropper&) = delete;
    Dropper& operator=(const Dropper&) = delete;
    ~Dropper() override { exchange_->done = nullptr; }

   private:
    std::shared_ptr<Exchange> exchange_;
  };

  static std::string PathOf(const std::string& url) {
    const size_t slash = url.find('/', url.find("://") + 3);
    return url.substr(slash, url.find('?') == std::string::npos ? url.npos : url.find('?') - slash);
  }
  bool Finish(std::string_view path, Result<http::ClientResponse> result) {
    for (const auto& exchange : exchanges_) {
      if (!exchange->done || PathOf(exchange->request.url) != path) continue;
      const http::Done done = std::exchange(exchange->done, nullptr);
      done(std::move(result));
      return true;
    }
    return false;
  }

  std::vector<std::shared_ptr<Exchange>> exchanges_;
};

}  // namespace tocsin::containers
