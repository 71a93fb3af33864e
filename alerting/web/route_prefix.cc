#include "alerting/web/route_prefix.h"

#include <memory>
#include <utility>

namespace tocsin::web {

namespace {

http::SyncHandler LeadTo(const std::string& place) {
  return [place](const http::Request&) {
    http::Response response = http::Response::Text(302, "");
    response.headers.Set("Location", place);
    return response;
  };
}

}  // namespace

Result<std::string> RoutePrefix(const std::string& text) {
  std::string prefix = text;
  while (prefix.ends_with('/')) prefix.pop_back();
  if (prefix.empty()) return prefix;
  if (!prefix.starts_with('/') || prefix.find("//") != std::string::npos ||
      prefix.find_first_of("?#*: ") != std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                "--web.route-prefix must be a path like /alerts, not '" + text + "'");
  }
  return prefix;
}

http::Router UnderPrefix(http::Router routes, const std::string& prefix) {
  if (prefix.empty()) return routes;
  const auto inner = std::make_shared<const http::Router>(std::move(routes));
  const http::Handler pass_on = [inner, size = prefix.size()](const http::Request& request,
                                                              http::Responder respond) {
    http::Request inside = request;
    inside.path.erase(0, size);
    inside.path_values = {};
    inner->Dispatch(std::move(inside), std::move(respond));
  };
  http::Router outer;
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    outer.Handle(method, prefix + "/*", pass_on);
  }
  outer.Get("/", LeadTo(prefix + "/"));
  outer.Get(prefix, LeadTo(prefix + "/"));
  return outer;
}

}  // namespace tocsin::web
