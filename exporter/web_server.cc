#include "exporter/web_server.h"

#include <utility>

#include "base/flags/flags.h"
#include "base/http/systemd_sockets.h"

namespace tocsin::exporter {
namespace {

void AddLandingPage(http::Router& router, const WebOptions& options,
                    std::vector<http::LandingPage::Link> links) {
  if (options.telemetry_path == "/") return;
  http::LandingPage page{.title = "tocsin-exporter",
                         .about = "Metrics of nginx, its logs, containers and this machine, for Prometheus.",
                         .version = flags::VersionText("tocsin-exporter"),
                         .links = {{options.telemetry_path.substr(1), "Metrics", "what Prometheus scrapes"}}};
  for (http::LandingPage::Link& link : links) page.links.push_back(std::move(link));
  page.links.push_back({"-/healthy", "Health", "200 while the process runs"});
  page.links.push_back({"-/ready", "Readiness", "200 when there are metrics to scrape"});
  router.Get("/",
             [html = http::Render(page)](const http::Request&) { return http::Response::Html(200, html); });
}

/// A browser sends this request for any page that asks it to, and always says for which: nobody needs that.
http::SyncHandler ReloadHandler(Reloads& reloads) {
  return [&reloads](const http::Request& request) {
    if (request.headers.Find("Origin") != nullptr) {
      return http::Response::Text(403, "forbidden: not for web pages\n");
    }
    const auto reloaded = reloads.Run();
    if (reloaded) return http::Response::Text(200, "");
    return http::Response::Text(500, "failed to reload:\n" + ToString(reloaded.error()) + "\n");
  };
}

}  // namespace

Result<std::unique_ptr<WebServer>> WebServer::Start(async::Pool& pool, const WebOptions& options, Parts parts,
                                                    Reloads& reloads, const Logger& log) {
  std::unique_ptr<WebServer> web(new WebServer());
  if (!options.config_file.empty()) {
    auto gate = web_config::FileGate::Open(options.config_file, log);
    if (!gate) {
      for (const Error& error : gate.error()) log.Error("Web configuration refused", {{"err", error}});
      return Fail(gate.error().front());
    }
    web->gate_ = std::move(*gate);
    reloads.Add([gate = web->gate_.get()] { return gate->Prepare(); });
  }
  http::Router router = std::move(parts.router);
  AddLandingPage(router, options, std::move(parts.links));
  router.Get("/-/healthy",
             [](const http::Request&) { return http::Response::Text(200, "tocsin-exporter is healthy.\n"); });
  router.Handle("GET", "/-/ready", std::move(parts.ready));
  router.Handle("GET", options.telemetry_path, std::move(parts.metrics));
  if (options.enable_lifecycle) router.Post("/-/reload", ReloadHandler(reloads));

  http::ServerOptions server;
  server.listen = options.listen;
  server.server_name = "tocsin-exporter";
  server.gate = web->gate_.get();
  if (options.systemd_socket) {
    auto sockets = http::TakeSystemdSockets();
    if (!sockets) return Fail(sockets.error().WithContext("--web.systemd-socket"));
    server.listen.clear();
    server.sockets = std::move(*sockets);
  }
  auto started = http::Server::Start(pool, std::move(server), std::move(router), log);
  if (!started) return Fail(started.error());
  web->server_ = std::move(*started);
  return web;
}

}  // namespace tocsin::exporter
