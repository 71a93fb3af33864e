// What the engine serves over HTTP: which API stands on which part.
#include <utility>

#include "alerting/app.h"
#include "alerting/web/alertmanager_api.h"
#include "alerting/web/exemplars_api.h"
#include "alerting/web/guard.h"
#include "alerting/web/import_api.h"
#include "alerting/web/labels_api.h"
#include "alerting/web/proxy_api.h"
#include "alerting/web/query_api.h"
#include "alerting/web/query_gate.h"
#include "alerting/web/route_prefix.h"
#include "alerting/web/rules_api.h"
#include "alerting/web/syntax_api.h"
#include "alerting/web/targets_api.h"
#include "alerting/web/ui.h"
#include "alerting/web/write_api.h"
#include "base/exposition/writer.h"
#include "base/flags/flags.h"

namespace tocsin::app {

Status App::StartServing() {
  http::ServerOptions server;
  server.listen = options_.listen;
  server.gate = gate_.get();
  const Result<std::string> prefix = web::RoutePrefix(options_.route_prefix);
  if (!prefix) return Fail(prefix.error());
  auto started = http::Server::Start(pool_, std::move(server), web::UnderPrefix(MakeRouter(), *prefix),
                                     log_.With({{"component", "web"}}));
  if (!started) return Fail(started.error());
  server_ = std::move(*started);
  return {};
}

http::Router App::MakeRouter() {
  http::Router router;
  web::AddUi(router);
  AddQueries(router);
  web::AddSyntaxApi(router, {options_.engine.enable_experimental, options_.engine.enable_duration_expr});
  web::AddTargetsApi(
      router, [this] { return scraper_.Snapshot(); }, options_.external_url);
  web::AddStatusApi(router, {.labels = store_,
                             .clock = pool_.clock(),
                             .flags = options_.flags,
                             .retention = options_.storage.RetentionText(),
                             .version = std::string(flags::Version()),
                             .reload = [this] { return Reloads(); },
                             .corruptions =
                                 [this] {
                                   const store::DiskStats disk = store_.stats().disk;
                                   return disk.wal_faults + disk.segments.damaged;
                                 },
                             .head =
                                 [this] {
                                   const store::Head::Contents head = store_.head_contents();
                                   return web::HeadInfo{head.chunks, Timestamp::FromMillis(head.first),
                                                        Timestamp::FromMillis(head.last)};
                                 },
                             .alertmanagers =
                                 [this] {
                                   AlertmanagerStats stats = alertmanagers_.stats();
                                   web::AlertmanagerUrls urls;
                                   urls.active.reserve(stats.managers.size());
                                   for (auto& manager : stats.managers)
                                     urls.active.push_back(std::move(manager.url));
                                   urls.dropped = std::move(stats.unwanted);
                                   return urls;
                                 }});
  web::AddRulesApi(router, [this] { return rules_.Groups(); });
  router.Get("/metrics", [this](const http::Request& request) { return Metrics(request); });
  router.Get("/-/healthy",
             [](const http::Request&) { return http::Response::Text(200, "tocsin is healthy.\n"); });
  router.Get("/-/ready", [this](const http::Request&) {
    return reloads_.last_success_millis != 0 ? http::Response::Text(200, "tocsin is ready.\n")
                                             : http::Response::Text(503, "tocsin is starting.\n");
  });
  const web::Guard guard(options_.listen, options_.external_url);
  AddAlertmanagerApi(router, guard);
  AddIngest(router, guard);
  if (options_.lifecycle.value_or(web::Guard::AllLoopback(options_.listen))) {
    router.Post("/-/reload", guard.Protect([this](const http::Request&) {
      auto reloaded = Reload();
      return reloaded ? http::Response::Text(200, "")
                      : http::Response::Text(500, "failed to reload:\n" + ToString(reloaded.error()) + "\n");
    }));
  }
  return router;
}

void App::AddQueries(http::Router& router) {
  if (datasource_) return web::AddProxyApi(router, options_.datasource, *http_);
  const web::QueryGate gate(options_.query_concurrency, options_.engine.timeout, pool_.clock());
  web::AddQueryApi(router, engine_, pool_.clock(), gate);
  web::AddLabelsApi(router, store_);
  web::AddMetadataApi(router, [this] { return scraper_.Snapshot(); });
  web::AddExemplarsApi(router, exemplars_,
                       {options_.engine.enable_experimental, options_.engine.enable_duration_expr});
}

/// Next to a datasource, what comes in would be where no query sees it.
void App::AddIngest(http::Router& router, const web::Guard& guard) {
  const bool trusted = web::Guard::AllLoopback(options_.listen) && !datasource_;
  web::AddWriteApi(router, options_.remote_write.value_or(trusted) ? &write_receiver_ : nullptr, guard);
  web::AddImportApi(router, options_.import.value_or(trusted) ? &store_.backfill() : nullptr, pool_.clock(),
                    guard);
}

void App::AddAlertmanagerApi(http::Router& router, const web::Guard& guard) {
  auto config = [this] {
    const std::lock_guard lock(shown_mutex_);
    return shown_;
  };
  std::function<void(std::function<void(Status)>)> when_safe;
  if (state_) {
    when_safe = [this](std::function<void(Status)> done) { state_->WhenSafe(std::move(done)); };
  }
  web::AddAlertmanagerApi(router, {.notifier = notifier_,
                                   .silences = silences_,
                                   .clock = pool_.clock(),
                                   .guard = guard,
                                   .config = config,
                                   .version = std::string(flags::Version()),
                                   .started = started_,
                                   .when_safe = when_safe});
}

http::Response App::Metrics(const http::Request& request) const {
  const exposition::Format format = exposition::Negotiate(request.headers.Get("Accept"));
  SelfReading reading;
  reading.reload_successful = reloads_.successful;
  reading.last_reload = Timestamp::FromMillis(reloads_.last_success_millis);
  reading.store = store_.stats();
  reading.remote_write = write_receiver_.stats();
  if (datasource_) reading.datasource = datasource_->stats();
  if (write_queue_ != nullptr) reading.write_back = write_queue_->stats();
  reading.notifications = notifier_.Stats();
  reading.groups = rules_.Groups();
  reading.jobs = scraper_.Snapshot();
  reading.alertmanagers = alertmanagers_.stats();
  reading.rule_times = &rules_.times();
  if (watchdog_) reading.watchdog = watchdog_->stats();
  http::Response response;
  response.headers.Set("Content-Type", std::string(exposition::ContentType(format)));
  exposition::Writer writer(response.body, format);
  WriteSelfMetrics(writer, reading);
  writer.Finish();
  return response;
}

}  // namespace tocsin::app
