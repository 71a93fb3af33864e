#include "alerting/web/landing.h"

#include <string>

#include "base/flags/flags.h"
#include "base/http/landing_page.h"

namespace tocsin::web {
namespace {

http::LandingPage Page() {
  return {.title = "tocsin",
          .about = "Scrapes metrics, evaluates alerting rules, and notifies.",
          .version = flags::VersionText("tocsin"),
          .links = {{"api/v1/alerts", "Alerts", "that are pending or firing"},
                    {"api/v1/rules", "Rules", "with health and last evaluation"},
                    {"api/v1/query?query=up", "Query", "an expression: api/v1/query?query=\u2026"},
                    {"metrics", "Metrics", "of this server"},
                    {"-/healthy", "Health", "200 while the process runs"},
                    {"-/ready", "Readiness", "200 once the configuration is in force"}}};
}

/// Rules link their alerts to the graph of their expression, under Prometheus' path. Until there is a page
/// for it, the query's answer stands in.
http::Response Graph(const http::Request& request) {
  const std::string expression(request.query.Get("g0.expr").value_or(""));
  http::Response response = http::Response::Text(302, "");
  response.headers.Set("Location", "api/v1/query?query=" + http::UrlEncode(expression));
  return response;
}

}  // namespace

void AddLanding(http::Router& router) {
  router.Get("/graph", Graph);
  router.Get("/",
             [html = http::Render(Page())](const http::Request&) { return http::Response::Html(200, html); });
}

}  // namespace tocsin::web
