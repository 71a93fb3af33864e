// HTTP and SMTP clients that remember what is sent and answer as told.
#pragma once

#include <memory>
#include <vector>

#include "base/http/client.h"
#include "base/smtp/client.h"

namespace tocsin::notify::testing {

class FakeHttp final : public http::Client {
 public:
  std::unique_ptr<Handle> Send(http::ClientRequest request, http::Done done) override {
    requests.push_back(std::move(request));
    done(answer);
    return std::make_unique<Handle>();
  }
  std::vector<http::ClientRequest> requests;
  Result<http::ClientResponse> answer = http::ClientResponse{200, {}, "ok", Duration(1)};
};

class FakeSmtp final : public smtp::Client {
 public:
  std::unique_ptr<Handle> Send(smtp::Mail mail, smtp::Done done) override {
    mails.push_back(std::move(mail));
    done(answer);
    return std::make_unique<Handle>();
  }
  std::vector<smtp::Mail> mails;
  Status answer;
};

}  // namespace tocsin::notify::testing
