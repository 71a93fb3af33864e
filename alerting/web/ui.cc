#include "alerting/web/ui.h"

#include <functional>
#include <string>
#include <utility>

#include "alerting/web/runbook.h"
#include "base/http/message.h"

namespace tocsin::web {

namespace {

std::string_view UiType(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "image/svg+xml";
}

/// Asked for again each time, and sent only when it has changed: an upgrade shows at once.
http::SyncHandler Give(std::string_view type, std::string content) {
  const std::string tag = '"' + std::to_string(std::hash<std::string>{}(content)) + '"';
  return [type, content = std::move(content), tag](const http::Request& request) {
    http::Response response;
    response.headers.Set("ETag", tag);
    response.headers.Set("Cache-Control", "no-cache");
    response.headers.Set("Content-Type", std::string(type));
    response.headers.Set("X-Content-Type-Options", "nosniff");
    // Nothing but our own files, and nobody's frame: a label that held markup could still do nothing.
    response.headers.Set("Content-Security-Policy",
                         "default-src 'self'; base-uri 'none'; form-action 'self'; "
                         "frame-ancestors 'self'");
    if (request.headers.Get("If-None-Match") == tag) {
      response.status = 304;
    } else {
      response.body = content;
    }
    return response;
  };
}

/// Relative, so that it holds behind a path of a proxy's.
http::Response To(const std::string& page) {
  http::Response response = http::Response::Text(302, "");
  response.headers.Set("Location", "./#/" + page);
  return response;
}

http::Response Graph(const http::Request& request) {
  const auto expression = request.query.Get("g0.expr");
  const std::string tab = request.query.Get("g0.tab") == "1" ? "&tab=table" : "";
  return To("graph" + (expression ? "?expr=" + http::UrlEncode(*expression) + tab : std::string()));
}

}  // namespace

void AddUi(http::Router& router) {
  for (const UiFile& file : UiFiles()) {
    if (file.name == "RUNBOOK.md") {
      router.Get("/runbook", Give(UiType(".html"), RunbookPage(file.content)));
      continue;
    }
    router.Get(file.name == "index.html" ? "/" : "/ui/" + std::string(file.name),
               Give(UiType(file.name), std::string(file.content)));
  }
  router.Get("/graph", Graph);
  router.Get("/query", Graph);
  for (const char* page : {"alerts", "rules", "targets", "status"}) {
    router.Get(std::string("/") + page, [page](const http::Request&) { return To(page); });
  }
}

}  // namespace tocsin::web
