// A server on loopback that answers what the test says, and remembers what it was asked.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/async/pool.h"
#include "base/http/server.h"

namespace tocsin::remote {

class FakeServer {
 public:
  explicit FakeServer(const std::vector<std::string>& paths) {
    http::Router router;
    for (const std::string& path : paths) {
      for (const char* method : {"GET", "POST"}) {
        router.Handle(method, path,
                      http::Handler([this](const http::Request& request, const http::Responder& responder) {
                        Answer(request, responder);
                      }));
      }
    }
    auto started = http::Server::Start(pool_, {.listen = {"127.0.0.1:0"}}, std::move(router), Logger());
    if (started) server_ = *std::move(started);
  }
  ~FakeServer() {
    decltype(held_) open;
    {
      const std::lock_guard lock(mutex_);
      open.swap(held_);
      closing_ = true;
    }
    open.clear();
    server_->Stop(Duration(0));
    pool_.Stop();
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string url() const { return "http://" + server_->addresses().front(); }
  /// The answers in their order; the last stands for all further ones.
  void Answers(std::vector<http::Response> answers) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  /// From now on, no answer.
  void Hang() { Answers({}); }
  std::vector<http::Request> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void Answer(const http::Request& request, const http::Responder& responder) {
    const std::lock_guard lock(mutex_);
    if (closing_) return;  // what is held now would outlive the pool
    asked_.push_back(request);
    if (answers_.empty()) return held_.push_back(responder);
    responder(answers_.front());
    if (answers_.size() > 1) answers_.erase(answers_.begin());
  }

  mutable std::mutex mutex_;
  std::vector<http::Response> answers_;
  std::vector<http::Request> asked_;
  std::vector<http::Responder> held_;
  bool closing_ = false;
  async::Pool pool_{2};
  std::unique_ptr<http::Server> server_;
};

}  // namespace tocsin::remote
