#include "backend/service.h"

#include <array>

#include <nlohmann/json.hpp>

namespace tocsin::backend {
namespace {

enum class Kind { kApp, kHealth, kChaosStart, kChaosStop };

struct Route {
  std::string_view path;
  Kind kind;
  std::string_view allow;  // methods, as the Allow header lists them
};

// POST on "/" stands for a request that a proxy must not repeat on its own.
constexpr std::array<Route, 8> kRoutes{{
    {"/", Kind::kApp, "GET, HEAD, POST"},
    {"/version", Kind::kApp, "GET, HEAD"},
    {"/api/health", Kind::kApp, "GET, HEAD"},
    {"/health", Kind::kHealth, "GET, HEAD"},
    {"/healthz", Kind::kHealth, "GET, HEAD"},
    {"/ping", Kind::kHealth, "GET, HEAD"},
    {"/chaos/start", Kind::kChaosStart, "POST"},
    {"/chaos/stop", Kind::kChaosStop, "POST"},
}};

const Route* FindRoute(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

bool Allows(std::string_view allow, std::string_view method) {
  for (size_t at = allow.find(method); at != std::string_view::npos && !method.empty();
       at = allow.find(method, at + 1)) {
    const size_t end = at + method.size();
    if ((at == 0 || allow[at - 1] == ' ') && (end == allow.size() || allow[end] == ',')) return true;
  }
  return false;
}

Response Json(int status, const nlohmann::ordered_json& body) {
  return {.status = status, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

Response Failure(int status, std::string_view message) { return Json(status, {{"error", message}}); }

Response AnswerHealth(std::string_view path) {
  if (path == "/healthz") return Json(200, {{"status", "OK"}});
  return {.content_type = "text/plain; charset=utf-8", .body = path == "/ping" ? "pong" : "OK"};
}

}  // namespace

Service::Service(Identity identity, Chaos& chaos)
    : identity_(std::move(identity)),
      version_body_(Json(200, {{"status", "OK"},
                               {"message", "Application version in header"},
                               {"service", identity_.service},
                               {"pool", identity_.pool},
                               {"release", identity_.release}})
                        .body),
      chaos_(chaos) {}

Response Service::Handle(const Request& request) {
  const Route* route = FindRoute(request.path);
  if (route == nullptr) return Failure(404, "no such page");
  if (!Allows(route->allow, request.method)) {
    Response refused = Failure(405, "this page answers to " + std::string(route->allow));
    refused.headers.emplace_back("Allow", route->allow);
    return refused;
  }
  switch (route->kind) {
    case Kind::kHealth:
      return AnswerHealth(request.path);
    case Kind::kChaosStart:
      return StartChaos(request.mode);
    case Kind::kChaosStop:
      return StopChaos();
    case Kind::kApp:
      break;
  }
  return AnswerApp(request.path);
}

Response Service::AnswerApp(std::string_view path) {
  switch (chaos_.Apply()) {
    case Chaos::Effect::kFail:
      return Failure(500, "simulated error");
    case Chaos::Effect::kTimedOut:
      return Failure(504, "simulated timeout");
    case Chaos::Effect::kNone:
      break;
  }
  // ab counts an answer of another length as failed, so this one is the same from every pool.
  if (path == "/api/health") return Json(200, {{"status", "OK"}});
  return {.body = version_body_};
}

Response Service::StartChaos(std::string_view mode) {
  const auto parsed = ParseChaosMode(mode.empty() ? "error" : mode);
  if (!parsed) return Failure(400, parsed.error().message());
  chaos_.Start(*parsed);
  return Json(200, {{"message", "Simulation mode '" + std::string(ChaosModeName(*parsed)) + "' activated"}});
}

Response Service::StopChaos() {
  chaos_.Stop();
  return Json(200, {{"message", "Simulation stopped"}});
}

std::string_view Service::RouteLabel(std::string_view path) {
  const Route* route = FindRoute(path);
  return route == nullptr ? "other" : route->path;
}

std::string_view Service::MethodLabel(std::string_view method) {
  constexpr std::array<std::string_view, 7> kKnown{"GET",   "HEAD",   "POST",   "PUT",
                                                   "PATCH", "DELETE", "OPTIONS"};
  for (const std::string_view known : kKnown) {
    if (known == method) return known;
  }
  return "other";
}

}  // namespace tocsin::backend
