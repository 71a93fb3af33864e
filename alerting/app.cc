#include "alerting/app.h"

#include <array>
#include <utility>

#include <unistd.h>

#include "alerting/notify/kept/tables.h"
#include "alerting/web/alertmanager_api.h"
#include "alerting/web/guard.h"
#include "alerting/web/labels_api.h"
#include "alerting/web/landing.h"
#include "alerting/web/query_api.h"
#include "alerting/web/query_gate.h"
#include "alerting/web/rules_api.h"
#include "alerting/web/syntax_api.h"
#include "alerting/web/targets_api.h"
#include "base/flags/flags.h"
#include "base/yaml/node.h"

namespace tocsin::app {
namespace {

constexpr Duration kDrain{5'000};
constexpr Duration kTruncateEvery{60'000};

std::string UserAgent() { return "tocsin/" + std::string(flags::Version()); }

/// A URL for links to ourselves: of the first address, by this machine's name where that is every address.
std::string UrlOf(const std::string& address, bool tls) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.empty() || host == "0.0.0.0" || host == "[::]") {
    std::array<char, 256> name{};
    host = gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
  }
  return (tls ? "https://" : "http://") + host + address.substr(colon);
}

}  // namespace

App::App(ServeOptions options, async::Pool& pool, Logger log, std::unique_ptr<state::Database> state)
    : options_(std::move(options)),
      pool_(pool),
      log_(std::move(log)),
      http_(http::MakeCurlClient(pool, UserAgent())),
      smtp_(smtp::MakeCurlClient(pool)),
      store_({.retention = options_.retention}),
      engine_(store_, pool.clock(), options_.engine),
      state_(std::move(state)),
      notification_log_(std::make_shared<notify::NotificationLog>(
          state_ ? notify::KeepLog(*state_) : notify::NotificationLog::Keeper())),
      silences_(std::make_shared<notify::Silences>(
          pool.clock(), options_.silences,
          state_ ? notify::KeepSilences(*state_) : notify::Silences::Keeper())),
      notifier_({.executor = pool,
                 .http = *http_,
                 .smtp = *smtp_,
                 .log = notification_log_,
                 .silences = silences_,
                 .keeper = state_ ? notify::KeepAlerts(*state_) : nullptr,
                 .pipeline = options_.pipeline,
                 .logger = log_.With({{"component", "notify"}}),
                 .random = {}}),
      rules_({.engine = engine_,
              .appendable = store_,
              .sink = notifier_,
              .executor = pool,
              .log = log_.With({{"component", "rules"}})}),
      scraper_(pool, *http_, store_, log_),
      started_(pool.clock().Now()),
      upkeep_(pool.MakeStrand()) {}

Checked<std::unique_ptr<App>> App::Start(ServeOptions options, async::Pool& pool, Logger log) {
  std::unique_ptr<state::Database> state;
  if (!options.state_path.empty()) {
    auto opened = state::Database::Open(options.state_path, notify::Migrations(), options.state,
                                        log.With({{"component", "state"}}));
    if (!opened) return tl::unexpected(Errors{opened.error().WithContext("state database")});
    state = *std::move(opened);
  }
  std::unique_ptr<App> app(new App(std::move(options), pool, std::move(log), std::move(state)));
  if (Status restored = app->RestoreState(); !restored) return tl::unexpected(Errors{restored.error()});
  // Once before anything is bound, so that a fault in a file is all that a start with one does.
  if (auto checked =
          LoadConfiguration(app->options_.files, app->engine_, pool.clock(), app->options_.external_url);
      !checked) {
    return tl::unexpected(checked.error());
  }
  if (!app->options_.web_config_file.empty()) {
    auto gate =
        web_config::FileGate::Open(app->options_.web_config_file, app->log_.With({{"component", "web"}}));
    if (!gate) return tl::unexpected(gate.error());
    app->gate_ = std::move(*gate);
  }
  if (Status serving = app->StartServing(); !serving) return tl::unexpected(Errors{serving.error()});
  if (app->options_.external_url.empty()) {
    const std::lock_guard lock(app->reloading_);  // the API is up already, and a reload reads it
    app->options_.external_url = UrlOf(app->addresses().front(), app->gate_ && app->gate_->uses_tls());
  }
  if (auto applied = app->Reload(); !applied) return tl::unexpected(applied.error());
  app->ScheduleTruncation();
  return app;
}

Status App::RestoreState() {
  if (!state_) return {};
  if (Status log = notify::RestoreLog(*state_, *notification_log_, log_); !log) return log;
  if (Status silences = notify::RestoreSilences(*state_, *silences_, log_); !silences) return silences;
  return notify::RestoreAlerts(*state_, notifier_, log_);
}

Checked<void> App::Reload() {
  const std::lock_guard lock(reloading_);
  Checked<std::function<void()>> use_web = [] {};
  if (gate_) use_web = gate_->Prepare();
  auto outcome =
      use_web
          .and_then([this](const auto&) {
            return LoadConfiguration(options_.files, engine_, pool_.clock(), options_.external_url);
          })
          .and_then([this](const Configuration& configuration) { return Apply(configuration); })
          .map([&use_web] { (*use_web)(); });
  reloads_.successful = outcome.has_value();
  if (!outcome) {
    for (const Error& error : outcome.error()) log_.Error("Configuration refused", {{"err", error}});
    return outcome;
  }
  reloads_.last_success_millis = pool_.clock().Now().millis();
  KeepConfigText();
  log_.Info("Configuration in force", {{"config", options_.files.prometheus},
                                       {"notify", options_.files.alertmanager},
                                       {"rule_groups", rules_.Groups().size()}});
  return outcome;
}

void App::KeepConfigText() {
  if (options_.files.prometheus.empty()) return;
  auto document = yaml::ParseFile(options_.files.prometheus);
  if (!document) return;  // changed since it was read; the next reload will tell
  const std::lock_guard lock(config_text_mutex_);
  config_text_ = web::RedactedYaml(*document);
}

web::ReloadInfo App::Reloads() const {
  const std::lock_guard lock(config_text_mutex_);
  return {reloads_.successful, Timestamp::FromMillis(reloads_.last_success_millis), config_text_};
}

/// The parts that can still find a fault come before those that can't.
Checked<void> App::Apply(const Configuration& configuration) {
  for (const Error& warning : configuration.warnings) log_.Warn("Configuration", {{"warning", warning}});
  if (!options_.files.alertmanager.empty()) {
    if (auto applied = notifier_.Apply(configuration.alertmanager.options); !applied) return applied;
    const std::lock_guard lock(shown_mutex_);
    shown_ = configuration.alertmanager.shown;
  }
  if (Status applied = scraper_.Apply(configuration.prometheus.scrape); !applied) {
    return tl::unexpected(Errors{applied.error()});
  }
  rules_.Replace(configuration.groups, {});
  return {};
}

Status App::StartServing() {
  http::ServerOptions server;
  server.listen = options_.listen;
  server.gate = gate_.get();
  auto started =
      http::Server::Start(pool_, std::move(server), MakeRouter(), log_.With({{"component", "web"}}));
  if (!started) return Fail(started.error());
  server_ = std::move(*started);
  return {};
}

http::Router App::MakeRouter() {
  http::Router router;
  web::AddLanding(router);
  const web::QueryGate gate(options_.query_concurrency, options_.engine.timeout, pool_.clock());
  web::AddQueryApi(router, engine_, pool_.clock(), gate);
  web::AddLabelsApi(router, store_);
  web::AddSyntaxApi(router, {options_.engine.enable_experimental, options_.engine.enable_duration_expr});
  web::AddTargetsApi(router, [this] { return scraper_.Snapshot(); });
  web::AddStatusApi(router, {.labels = store_,
                             .clock = pool_.clock(),
                             .flags = options_.flags,
                             .retention = FormatDuration(options_.retention),
                             .version = std::string(flags::Version()),
                             .reload = [this] { return Reloads(); }});
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
  if (options_.lifecycle.value_or(web::Guard::AllLoopback(options_.listen))) {
    router.Post("/-/reload", guard.Protect([this](const http::Request&) {
      auto reloaded = Reload();
      return reloaded ? http::Response::Text(200, "")
                      : http::Response::Text(500, "failed to reload:\n" + ToString(reloaded.error()) + "\n");
    }));
  }
  return router;
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
  reading.notifications = notifier_.Stats();
  reading.groups = rules_.Groups();
  reading.jobs = scraper_.Snapshot();
  http::Response response;
  response.headers.Set("Content-Type", std::string(exposition::ContentType(format)));
  exposition::Writer writer(response.body, format);
  WriteSelfMetrics(writer, reading);
  writer.Finish();
  return response;
}

void App::ScheduleTruncation() {
  truncation_ = upkeep_->After(kTruncateEvery, [this] {
    store_.Truncate(pool_.clock().Now());
    ScheduleTruncation();
  });
}

void App::Stop() {
  scraper_.Stop();
  rules_.Stop();
  server_->Stop(kDrain);
}

}  // namespace tocsin::app
