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
constexpr std::array<Route, 11> kRoutes{{
    {"/", Kind::kApp, "GET, HEAD, POST"},
    {"/version", Kind::kApp, "GET, HEAD"},
    {"/api", Kind::kApp, "GET, HEAD"},
    {"/api/", Kind::kApp, "GET, HEAD"},
    {"/api/visits", Kind::kApp, "GET, HEAD, POST"},
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

constexpr int kLatestVisits = 10;
constexpr std::string_view kVisitsKey = "visits";
// Long enough to take a storm of readers off the database, short enough that nobody notices.
constexpr Duration kVisitsTtl{1000};

nlohmann::ordered_json ToJson(const Visits& visits) {
  nlohmann::ordered_json latest = nlohmann::ordered_json::array();
  for (const Visit& visit : visits.latest) {
    latest.push_back({{"at", visit.at}, {"pool", visit.pool}, {"release", visit.release}});
  }
  return {{"total", visits.total}, {"latest", std::move(latest)}};
}

}  // namespace

Service::Service(Identity identity, Chaos& chaos, Stores stores)
    : identity_(std::move(identity)),
      version_body_(Json(200, {{"status", "OK"},
                               {"message", "Application version in header"},
                               {"service", identity_.service},
                               {"pool", identity_.pool},
                               {"release", identity_.release}})
                        .body),
      chaos_(chaos),
      stores_(stores) {}

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
  return AnswerApp(request);
}

std::vector<std::string> Service::Away() const {
  std::vector<std::string> away;
  if (stores_.hits != nullptr && stores_.hits->away()) away.emplace_back("redis");
  if (stores_.visits != nullptr && stores_.visits->away()) away.emplace_back("postgres");
  return away;
}

Response Service::AnswerHealth(std::string_view path) const {
  const std::vector<std::string> away = Away();
  if (path == "/healthz") {
    nlohmann::ordered_json body{{"status", "OK"}};
    if (!away.empty()) body["away"] = away;
    return Json(200, body);
  }
  std::string body = path == "/ping" ? "pong" : "OK";
  for (size_t i = 0; path == "/health" && i < away.size(); ++i)
    body += (i == 0 ? ", without " : " and ") + away[i];
  return {.content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

Response Service::AnswerApp(const Request& request) {
  switch (chaos_.Apply()) {
    case Chaos::Effect::kFail:
      return Failure(500, "simulated error");
    case Chaos::Effect::kTimedOut:
      return Failure(504, "simulated timeout");
    case Chaos::Effect::kNone:
      break;
  }
  // ab counts an answer of another length as failed, so this one is the same from every pool.
  if (request.path == "/api/health") return Json(200, {{"status", "OK"}});
  if (request.path == "/api" || request.path == "/api/") return AnswerApi();
  if (request.path == "/api/visits") return request.method == "POST" ? RecordVisit() : ListVisits();
  return {.body = version_body_};
}

Response Service::AnswerApi() {
  nlohmann::ordered_json body{
      {"status", "OK"}, {"pool", identity_.pool}, {"release", identity_.release}, {"hits", nullptr}};
  if (stores_.hits != nullptr) {
    if (const auto hits = stores_.hits->CountHit()) body["hits"] = *hits;
  }
  if (const auto away = Away(); !away.empty()) {
    body["status"] = "degraded";
    body["away"] = away;
  }
  return Json(200, body);
}

Response Service::RecordVisit() {
  if (stores_.visits == nullptr) return Failure(501, "no database is configured");
  const auto number = stores_.visits->Record(identity_.pool, identity_.release);
  if (!number) {
    Response refused = Failure(503, "the visit was not recorded: " + number.error().message());
    refused.headers.emplace_back("Retry-After", "1");
    return refused;
  }
  // Whoever has just recorded one looks for it. Should Redis be away, what it holds is old soon anyway.
  if (stores_.hits != nullptr) (void)stores_.hits->Forget(kVisitsKey);
  return Json(201, {{"visit", *number}});
}

Response Service::ListVisits() {
  if (stores_.hits != nullptr) {
    if (auto cached = stores_.hits->Cached(kVisitsKey); cached && *cached)
      return {.body = std::move(**cached), .headers = {{"X-Cache", "hit"}}};
  }
  const auto visits = stores_.visits != nullptr ? stores_.visits->Latest(kLatestVisits)
                                                : Fail(ErrorCode::kNotFound, "no database is configured");
  if (!visits) {
    nlohmann::ordered_json body{{"total", nullptr}, {"latest", nlohmann::ordered_json::array()}};
    if (const auto away = Away(); !away.empty()) body["away"] = away;
    return Json(200, body);
  }
  Response answer = Json(200, ToJson(*visits));
  answer.headers.emplace_back("X-Cache", "miss");
  if (stores_.hits != nullptr) (void)stores_.hits->Cache(kVisitsKey, answer.body, kVisitsTtl);
  return answer;
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
