#include "alerting/web/landing.h"

namespace tocsin::web {
namespace {

constexpr const char* kPage = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>tocsin</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:3em auto;padding:0 1em}</style>
</head>
<body>
<h1>tocsin</h1>
<p>Scrapes metrics, evaluates alerting rules, and notifies.</p>
<ul>
<li><a href="api/v1/alerts">Alerts</a> that are pending or firing</li>
<li><a href="api/v1/rules">Rules</a>, with health and last evaluation</li>
<li><a href="api/v1/query?query=up">Query</a>: <code>api/v1/query?query=…</code></li>
<li><a href="metrics">Metrics</a> of this server</li>
<li><a href="-/healthy">Health</a> and <a href="-/ready">readiness</a></li>
</ul>
</body>
</html>
)";

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
  router.Get("/", [](const http::Request&) { return http::Response::Html(200, kPage); });
}

}  // namespace tocsin::web
