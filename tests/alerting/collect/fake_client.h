// An http::Client that answers what the test says, when the test says so.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http/client.h"

namespace tocsin::collect {

class FakeClient final : public http::Client {
 public:
  struct Pending {
    http::ClientRequest request;
    http::Done done;
    std::weak_ptr<bool> wanted;
  };

  std::unique_ptr<Handle> Send(http::ClientRequest request, http::Done done) override {
    auto alive = std::make_shared<bool>(true);
    ++sent;
    last_request = request;
    pending.push_back({std::move(request), std::move(done), alive});
    auto handle = std::make_unique<Kept>(std::move(alive));
    if (respond) AnswerAll(respond(pending.back().request));
    return handle;
  }

  /// Answers what is under way and still wanted; a body that is taken as it arrives comes in pieces of
  /// `piece_bytes`.
  void AnswerAll(const Result<http::ClientResponse>& answer) {
    for (Pending& one : std::exchange(pending, {})) {
      if (one.wanted.expired()) continue;
      one.done(answer && one.request.take_body ? InPieces(one.request, *answer) : answer);
    }
  }

  static Result<http::ClientResponse> Text(std::string body, int status = 200) {
    http::ClientResponse response;
    response.status = status;
    response.headers.Add("Content-Type", "text/plain; version=0.0.4");
    response.body = std::move(body);
    return response;
  }

  std::function<Result<http::ClientResponse>(const http::ClientRequest&)>
      respond;  ///< null: AnswerAll() does it
  std::vector<Pending> pending;
  http::ClientRequest last_request;
  int sent = 0;
  size_t piece_bytes = 3;

 private:
  Result<http::ClientResponse> InPieces(const http::ClientRequest& request, http::ClientResponse head) const {
    const std::string body = std::exchange(head.body, {});
    for (size_t at = 0; at < body.size(); at += piece_bytes) {
      request.take_body(head, std::string_view(body).substr(at, piece_bytes));
    }
    return head;
  }

  class Kept final : public Handle {
   public:
    explicit Kept(std::shared_ptr<bool> alive) : alive_(std::move(alive)) {}

   private:
    std::shared_ptr<bool> alive_;
  };
};

}  // namespace tocsin::collect
