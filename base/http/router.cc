// Routes are few and fixed, so they lie in one vector ordered from the most specific to the least: an exact
// path has only literal segments and thereby comes before a pattern that would match it too. Dispatch takes
// the first match that has a handler for the method.
#include <algorithm>
#include <cassert>
#include <map>
#include <optional>

#include "base/http/server.h"

namespace tocsin::http {
namespace {

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> out;
  path.remove_prefix(1);
  for (;;) {
    const size_t slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

enum class Kind { kLiteral, kNamed, kRest };

Kind KindOf(std::string_view segment) {
  if (segment == "*") return Kind::kRest;
  return segment.starts_with(':') ? Kind::kNamed : Kind::kLiteral;
}

std::vector<Kind> Kinds(std::string_view path) {
  std::vector<Kind> out;
  for (const std::string_view segment : Segments(path)) out.push_back(KindOf(segment));
  return out;
}

/// What the pattern's names matched; nothing when it does not match. The rest goes under the name "*".
std::optional<Parameters> Match(std::string_view pattern, std::string_view path) {
  const auto wanted = Segments(pattern);
  const auto given = Segments(path);
  Parameters values;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (i >= given.size()) return std::nullopt;
    switch (KindOf(wanted[i])) {
      case Kind::kRest:
        values.Add("*", std::string(given[i].data(), path.data() + path.size()));
        return values;
      case Kind::kNamed:
        if (given[i].empty()) return std::nullopt;
        values.Add(std::string(wanted[i].substr(1)), std::string(given[i]));
        break;
      case Kind::kLiteral:
        if (wanted[i] != given[i]) return std::nullopt;
        break;
    }
  }
  if (wanted.size() != given.size()) return std::nullopt;
  return values;
}

}  // namespace

struct Router::Routes {
  struct Route {
    std::string pattern;
    std::map<std::string, Handler, std::less<>> handlers;  // by method
  };
  std::vector<Route> routes;

  Route& At(std::string path) {
    const auto same = std::ranges::find(routes, path, &Route::pattern);
    if (same != routes.end()) return *same;
    const auto place =
        std::ranges::upper_bound(routes, Kinds(path), {}, [](const Route& r) { return Kinds(r.pattern); });
    return *routes.insert(place, Route{std::move(path), {}});
  }
};

Router::Router() : routes_(std::make_unique<Routes>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::Handle(std::string method, std::string path, Handler handler) {
  assert(path.starts_with('/'));
  [[maybe_unused]] const bool added =
      routes_->At(std::move(path)).handlers.emplace(std::move(method), std::move(handler)).second;
  assert(added);
}

void Router::Handle(std::string method, std::string path, SyncHandler handler) {
  Handle(std::move(method), std::move(path),
         Handler([handler = std::move(handler)](const Request& request, const Responder& respond) {
           respond(handler(request));
         }));
}

void Router::Dispatch(Request request, Responder responder) const {
  std::vector<std::string> allowed;
  for (const Routes::Route& route : routes_->routes) {
    auto values = request.path.starts_with('/') ? Match(route.pattern, request.path) : std::nullopt;
    if (!values) continue;
    auto handler = route.handlers.find(request.method);
    if (handler == route.handlers.end() && request.method == "HEAD") handler = route.handlers.find("GET");
    if (handler != route.handlers.end()) {
      request.path_values = std::move(*values);
      return handler->second(request, std::move(responder));
    }
    for (const auto& [method, unused] : route.handlers) {
      allowed.push_back(method);
      if (method == "GET") allowed.emplace_back("HEAD");
    }
  }
  if (allowed.empty()) return responder(Response::Text(404, "404 page not found\n"));
  std::ranges::sort(allowed);
  const auto repeated = std::ranges::unique(allowed);
  allowed.erase(repeated.begin(), repeated.end());
  std::string list;
  for (const std::string& method : allowed) list += (list.empty() ? "" : ", ") + method;
  Response response = Response::Text(405, "405 method not allowed\n");
  response.headers.Set("Allow", std::move(list));
  responder(std::move(response));
}

}  // namespace tocsin::http
