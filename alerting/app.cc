#include "alerting/app.h"

#include <algorithm>
#include <array>
#include <utility>

#include <unistd.h>

#include "alerting/maintenance.h"
#include "alerting/notify/kept/tables.h"
#include "alerting/rules/kept/tables.h"
#include "alerting/web/route_prefix.h"
#include "base/files.h"
#include "base/flags/flags.h"
#include "base/yaml/go_yaml.h"
#include "base/yaml/node.h"

namespace tocsin::app {
namespace {

constexpr Duration kDrain{5'000};
constexpr Duration kStoreUpkeepEvery{5'000};

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

/// Where recorded samples go when the datasource is elsewhere and nobody named a place to write them to.
class Nowhere final : public model::Appendable {
 public:
  std::unique_ptr<model::Appender> MakeAppender() override { return std::make_unique<Batch>(); }

 private:
  struct Batch final : model::Appender {
    Result<model::SeriesRef> Append(model::SeriesRef, const model::Labels&, Timestamp,
                                    model::SampleValue) override {
      return 0;
    }
    Status Commit() override { return {}; }
    void Rollback() override {}
  };
};

Status CheckDatasource(const ServeOptions& options) {
  if (options.datasource.url.empty()) {
    if (options.write_back.url.empty()) return {};
    return Fail(ErrorCode::kInvalidArgument, "--datasource.write-url needs --datasource.url");
  }
  if (Status checked = remote::Check(options.datasource); !checked) {
    return Fail(checked.error().WithContext("--datasource.url"));
  }
  if (options.write_back.url.empty()) return {};
  const Status checked = remote::Check(options.write_back);
  return checked ? checked : Fail(checked.error().WithContext("--datasource.write-url"));
}

}  // namespace

App::App(ServeOptions options, async::Pool& pool, Logger log, std::unique_ptr<state::Database> state,
         std::unique_ptr<store::Store> store)
    : options_(std::move(options)),
      pool_(pool),
      log_(std::move(log)),
      http_(http::MakeCurlClient(pool, UserAgent())),
      smtp_(smtp::MakeCurlClient(pool)),
      resolver_(dns::MakeSystemResolver()),
      store_owner_(std::move(store)),
      store_(*store_owner_),
      write_receiver_(store_, pool.clock(), {}, log_.With({{"component", "remote"}})),
      engine_(store_, pool.clock(), options_.engine),
      datasource_(options_.datasource.url.empty()
                      ? nullptr
                      : std::make_unique<remote::QueryClient>(options_.datasource, engine_)),
      written_back_(MakeWrittenBack()),
      state_(std::move(state)),
      rule_states_(state_ ? rules::KeepStates(*state_) : nullptr),
      notification_log_(std::make_shared<notify::NotificationLog>(
          state_ ? notify::KeepLog(*state_) : notify::NotificationLog::Keeper())),
      silences_(std::make_shared<notify::Silences>(
          pool.clock(), options_.silences,
          state_ ? notify::KeepSilences(*state_) : notify::Silences::Keeper())),
      evidence_targets_([this] { return scraper_.Snapshot(); }),
      notifier_(
          {.executor = pool,
           .http = *http_,
           .smtp = *smtp_,
           .log = notification_log_,
           .silences = silences_,
           .keeper = state_ ? notify::KeepAlerts(*state_) : nullptr,
           .pipeline = options_.pipeline,
           .logger = log_.With({{"component", "notify"}}),
           .evidence_targets = [this](const model::Alert& alert) { return evidence_targets_.For(alert); },
           .random = {}}),
      alertmanagers_(pool, *http_, *resolver_, log_.With({{"component", "alertmanagers"}})),
      rules_({.engine = queries(),
              .appendable = written_back_ ? *written_back_ : store_,
              .sink = alerts_,
              .executor = pool,
              .log = log_.With({{"component", "rules"}}),
              .keeper = rule_states_.get()}),
      scraper_({.executor = pool,
                .client = *http_,
                .resolver = *resolver_,
                .store = store_,
                .exemplars = &exemplars_},
               log_),
      started_(pool.clock().Now()),
      upkeep_(pool.MakeStrand()) {}

std::unique_ptr<model::Appendable> App::MakeWrittenBack() {
  if (!datasource_) return nullptr;
  if (options_.write_back.url.empty()) return std::make_unique<Nowhere>();
  auto queue =
      std::make_unique<remote::WriteQueue>(remote::WriteQueueOptions{.endpoint = options_.write_back}, pool_,
                                           *http_, log_.With({{"component", "remote"}}));
  write_queue_ = queue.get();
  return queue;
}

const model::QueryEngine& App::queries() const {
  if (datasource_) return *datasource_;
  return engine_;
}

Checked<std::unique_ptr<App>> App::Start(ServeOptions options, async::Pool& pool, Logger log) {
  if (Status checked = CheckDatasource(options); !checked) return tl::unexpected(Errors{checked.error()});
  std::unique_ptr<state::Database> state;
  if (!options.state_path.empty()) {
    std::vector<state::Migration> migrations = notify::Migrations();
    for (const state::Migration& migration : rules::Migrations()) migrations.push_back(migration);
    auto opened = state::Database::Open(options.state_path, migrations, options.state,
                                        log.With({{"component", "state"}}));
    if (!opened) return tl::unexpected(Errors{opened.error().WithContext("state database")});
    state = *std::move(opened);
  }
  auto store = OpenStore(options.storage, pool.clock(), log.With({{"component", "storage"}}));
  if (!store) return tl::unexpected(Errors{store.error().WithContext("storage")});
  std::unique_ptr<App> app(
      new App(std::move(options), pool, std::move(log), std::move(state), *std::move(store)));
  if (Status restored = app->RestoreState(); !restored) return tl::unexpected(Errors{restored.error()});
  if (Status mode = ApplyMaintenanceMode(*app->silences_, app->options_.maintenance, pool.clock()); !mode) {
    return tl::unexpected(Errors{mode.error().WithContext("maintenance mode")});
  }
  if (app->options_.maintenance) app->log_.Warn("Every alert is silenced: maintenance mode is on");
  // Once before anything is bound, so that a fault in a file is all that a start with one does.
  if (auto checked =
          LoadConfiguration(app->options_.files, app->queries(), pool.clock(), app->options_.external_url);
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
    app->options_.external_url = UrlOf(app->addresses().front(), app->gate_ && app->gate_->uses_tls()) +
                                 web::RoutePrefix(app->options_.route_prefix).value_or("");
  }
  // The server answers already, but that it is not ready; scrapes and rules begin with what was kept.
  if (Status loaded = app->store_.Load(); !loaded) {
    return tl::unexpected(Errors{loaded.error().WithContext("storage")});
  }
  if (auto applied = app->Reload(); !applied) return tl::unexpected(applied.error());
  app->ScheduleUpkeep();
  app->StartWatchdog();
  return app;
}

Status App::RestoreState() {
  if (!state_) return {};
  if (Status log = notify::RestoreLog(*state_, *notification_log_, log_); !log) return log;
  if (Status silences = notify::RestoreSilences(*state_, *silences_, log_); !silences) return silences;
  auto states = rules::ReadStates(*state_, log_);
  if (!states) return Fail(states.error());
  rules_.Restore(*std::move(states));
  return notify::RestoreAlerts(*state_, notifier_, log_);
}

Checked<void> App::Reload() {
  const std::lock_guard lock(reloading_);
  Checked<std::function<void()>> use_web = [] {};
  if (gate_) use_web = gate_->Prepare();
  auto outcome =
      use_web
          .and_then([this](const auto&) {
            return LoadConfiguration(options_.files, queries(), pool_.clock(), options_.external_url);
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
  const auto text = ReadFile(options_.files.prometheus);
  if (!text) return;
  auto document = yaml::ParseFirst(*text, options_.files.prometheus);
  if (!document) return;  // changed since it was read; the next reload will tell
  const std::lock_guard lock(config_text_mutex_);
  config_text_ = web::RedactedYaml(*document);
}

web::ReloadInfo App::Reloads() const {
  const std::lock_guard lock(config_text_mutex_);
  return {reloads_.successful, Timestamp::FromMillis(reloads_.last_success_millis), config_text_};
}

void App::WarnOfDatasource(const Configuration& configuration) const {
  if (!datasource_) return;
  if (!configuration.prometheus.scrape.jobs.empty()) {
    log_.Warn("Queries and rules ask the datasource: they don't see what is scraped here");
  }
  const auto records = [](const auto& group) {
    return std::ranges::any_of(group->rules,
                               [](const auto& rule) { return rule.kind == rules::RuleKind::kRecording; });
  };
  if (write_queue_ == nullptr && std::ranges::any_of(configuration.groups, records)) {
    log_.Warn("Recording rules record nothing without --datasource.write-url");
  }
}

/// The parts that can still find a fault come before those that can't.
Checked<void> App::Apply(const Configuration& configuration) {
  for (const Error& warning : configuration.warnings) log_.Warn("Configuration", {{"warning", warning}});
  WarnOfDatasource(configuration);
  if (!options_.files.alertmanager.empty()) {
    if (auto applied = notifier_.Apply(configuration.alertmanager.options); !applied) return applied;
    const std::lock_guard lock(shown_mutex_);
    shown_ = configuration.alertmanager.shown;
  }
  evidence_targets_.Apply(configuration.prometheus.scrape);
  if (Status applied = scraper_.Apply(configuration.prometheus.scrape); !applied) {
    return tl::unexpected(Errors{applied.error()});
  }
  if (Status applied = alertmanagers_.Apply(configuration.prometheus.alerting); !applied) {
    return tl::unexpected(Errors{applied.error()});
  }
  rules_.Replace(configuration.groups, options_.rules);
  return {};
}

void App::ScheduleUpkeep() {
  next_upkeep_ = upkeep_->After(kStoreUpkeepEvery, [this] {
    store_.Upkeep(pool_.clock().Now());
    ScheduleUpkeep();
  });
}

void App::StartWatchdog() {
  if (options_.watchdog.url.empty()) return;
  watchdog_ =
      std::make_unique<Watchdog>(options_.watchdog,
                                 WatchdogSources{.groups = [this] { return rules_.Groups(); },
                                                 .notifications = [this] { return notifier_.Stats(); },
                                                 .alertmanagers = [this] { return alertmanagers_.stats(); }},
                                 pool_, *http_, log_.With({{"component", "watchdog"}}));
  watchdog_->Start();
}

void App::Stop() {
  scraper_.Stop();
  rules_.Stop();
  if (write_queue_ != nullptr) write_queue_->Stop(kDrain);
  server_->Stop(kDrain);
}

}  // namespace tocsin::app
