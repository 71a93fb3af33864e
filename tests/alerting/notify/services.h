// HTTP and SMTP clients that remember what is sent and answer as told.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/http/client.h"
#include "base/smtp/client.h"

namespace tocsin::notify::testing {

/// Counts the requests that nobody waits for any more.
template <typename Base>
class CountedHandle final : public Base {
 public:
  explicit CountedHandle(size_t& let_go) : let_go_(let_go) {}
  ~CountedHandle() override { let_go_++; }
  CountedHandle(const CountedHandle&) = delete;
  CountedHandle& operator=(const CountedHandle&) = delete;

 private:
  size_t& let_go_;
};

class FakeHttp final : public http::Client {
 public:
  std::unique_ptr<Handle> Send(http::ClientRequest request, http::Done done) override {
    requests.push_back(std::move(request));
    if (hangs) {
      pending.push_back(std::move(done));
    } else if (!next.empty()) {
      const auto first = next.front();
      next.pop_front();
      done(first);
    } else {
      done(answer);
    }
    return std::make_unique<CountedHandle<Handle>>(let_go);
  }
  size_t let_go = 0;  // outlives what is pending
  std::vector<http::ClientRequest> requests;
  std::deque<Result<http::ClientResponse>> next;  ///< before `answer`
  Result<http::ClientResponse> answer = http::ClientResponse{200, {}, "ok", Duration(1)};
  bool hangs = false;
  std::vector<http::Done> pending;
};

class FakeSmtp final : public smtp::Client {
 public:
  std::unique_ptr<Handle> Send(smtp::Mail mail, smtp::Done done) override {
    mails.push_back(std::move(mail));
    if (hangs) {
      pending.push_back(std::move(done));
    } else {
      done(answer);
    }
    return std::make_unique<CountedHandle<Handle>>(let_go);
  }
  size_t let_go = 0;
  std::vector<smtp::Mail> mails;
  Status answer;
  bool hangs = false;
  std::vector<smtp::Done> pending;
};

}  // namespace tocsin::notify::testing
