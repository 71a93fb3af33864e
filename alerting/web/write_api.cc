#include "alerting/web/write_api.h"

#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tocsin::web {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

http::Response Answer(int status, std::string message) {
  return http::Response::Text(status, std::move(message) + "\n");
}

/// An absent Content-Type or Content-Encoding stands for version 1.0's, as in Prometheus.
std::optional<http::Response> RefuseProtocol(const http::Headers& headers) {
  std::string_view type = headers.Get("Content-Type");
  const std::string_view media = Trimmed(type.substr(0, type.find(';')));
  if (!type.empty() && media != "application/x-protobuf") {
    return Answer(415, fmt::format("expected application/x-protobuf as the first (media) part, got {} "
                                   "content-type",
                                   type));
  }
  for (size_t semicolon = type.find(';'); semicolon != std::string_view::npos; semicolon = type.find(';')) {
    type.remove_prefix(semicolon + 1);
    const std::string_view parameter = Trimmed(type.substr(0, type.find(';')));
    if (!parameter.starts_with("proto=")) continue;
    const std::string_view message = parameter.substr(sizeof("proto=") - 1);
    if (message != "prometheus.WriteRequest") {
      return Answer(415, fmt::format("{} protobuf message is not accepted by this server; only accepts "
                                     "prometheus.WriteRequest",
                                     message));
    }
  }
  const std::string_view encoding = headers.Get("Content-Encoding");
  if (!encoding.empty() && encoding != "snappy") {
    return Answer(415, fmt::format("{} encoding (compression) is not accepted by this server; only snappy is "
                                   "acceptable",
                                   encoding));
  }
  return std::nullopt;
}

int StatusOf(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kUnsupported:
      return 400;
    case ErrorCode::kResourceExhausted:
      return 429;
    default:
      return 500;
  }
}

}  // namespace

void AddWriteApi(http::Router& router, remote::WriteReceiver* receiver, const Guard& guard) {
  if (receiver == nullptr) {
    router.Post("/api/v1/write", [](const http::Request&) {
      return Answer(404, "remote write receiver needs to be enabled with --web.enable-remote-write-receiver");
    });
    return;
  }
  router.Post("/api/v1/write", guard.Protect([receiver](const http::Request& request) {
    if (auto refused = RefuseProtocol(request.headers)) return *refused;
    const Status stored = receiver->Receive(request.body);
    if (!stored) return Answer(StatusOf(stored.error()), stored.error().ToString());
    http::Response done;
    done.status = 204;
    return done;
  }));
}

}  // namespace tocsin::web
