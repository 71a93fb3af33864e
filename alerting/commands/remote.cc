#include "alerting/commands/remote.h"

#include <utility>

#include <fmt/format.h>

#include "base/flags/flags.h"

namespace tocsin::app {
namespace {

/// What the server says in a refusal: a JSON string, {"message": …}, or plain text.
std::string Words(const std::string& body) {
  auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_string()) return json.get<std::string>();
  if (json.is_object() && json.contains("message") && json["message"].is_string()) return json["message"];
  return body.substr(0, body.find('\n'));
}

}  // namespace

Remote::Remote(std::string url)
    : url_(std::move(url)),
      pool_(1),
      client_(http::MakeCurlClient(pool_, "tocsin/" + std::string(flags::Version()))) {
  while (url_.ends_with('/')) url_.pop_back();
}

Remote::~Remote() {
  pool_.Stop();
  client_.reset();
}

Result<nlohmann::json> Remote::Get(const std::string& path) {
  http::ClientRequest request;
  request.url = url_ + path;
  return Ask(std::move(request));
}

Result<nlohmann::json> Remote::Post(const std::string& path, const nlohmann::json& body) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = url_ + path;
  request.headers.Add("Content-Type", "application/json");
  request.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return Ask(std::move(request));
}

Result<nlohmann::json> Remote::Delete(const std::string& path) {
  http::ClientRequest request;
  request.method = "DELETE";
  request.url = url_ + path;
  return Ask(std::move(request));
}

Result<nlohmann::json> Remote::Ask(http::ClientRequest request) {
  auto response = client_->SendAndWait(std::move(request));
  if (!response) return Fail(response.error());
  if (response->status / 100 != 2) {
    const ErrorCode code = response->status == 404 ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument;
    const std::string words = Words(response->body);
    return Fail(code, words.empty() ? fmt::format("the server answered {}", response->status)
                                    : fmt::format("the server answered {}: {}", response->status, words));
  }
  if (response->body.empty()) return nlohmann::json();
  auto json = nlohmann::json::parse(response->body, nullptr, false);
  if (json.is_discarded()) return Fail(ErrorCode::kUnavailable, "the server's answer is not JSON");
  return json;
}

}  // namespace tocsin::app
