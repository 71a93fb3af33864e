// The engine as a whole: scrapes, stores, evaluates, notifies, answers.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "alerting/alertmanagers.h"
#include "alerting/collect/scrape/scraper.h"
#include "alerting/configuration.h"
#include "alerting/evidence_targets.h"
#include "alerting/notify/notifier.h"
#include "alerting/promql/engine.h"
#include "alerting/remote/endpoint.h"
#include "alerting/remote/query_client.h"
#include "alerting/remote/write_queue.h"
#include "alerting/remote/write_receiver.h"
#include "alerting/rules/rules.h"
#include "alerting/self_metrics.h"
#include "alerting/state/database.h"
#include "alerting/storage_options.h"
#include "alerting/store/exemplar_ring.h"
#include "alerting/store/store.h"
#include "alerting/watchdog.h"
#include "alerting/web/status_api.h"
#include "base/async/pool.h"
#include "base/dns/resolver.h"
#include "base/http/client.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/smtp/client.h"
#include "base/web_config/file_gate.h"

namespace tocsin::web {
class Guard;
}

namespace tocsin::app {

struct ServeOptions {
  ConfigurationFiles files;
  std::vector<std::string> listen{"127.0.0.1:9093"};
  std::string external_url;        ///< "": made from the first address
  std::string route_prefix = "/";  ///< as web::RoutePrefix() takes it
  StorageOptions storage;
  std::string web_config_file;  ///< "": plain HTTP, open to everyone
  promql::EngineOptions engine;
  remote::EndpointOptions datasource;  ///< without a URL, queries are answered from the embedded store
  remote::EndpointOptions write_back;  ///< where what rules record goes, next to a datasource; may be none
  size_t query_concurrency = 20;       ///< further queries wait
  std::map<std::string, std::string> flags;  ///< every flag with its value, for the API
  std::string state_path;  ///< the state database's file; "": state lives as long as the process
  state::DatabaseOptions state;
  rules::RulesOptions rules;
  notify::PipelineOptions pipeline;
  notify::SilenceLimits silences;
  WatchdogOptions watchdog;
  bool maintenance = false;  ///< MAINTENANCE_MODE: every alert is silenced
  // Unset: on when every listener is loopback.
  std::optional<bool> lifecycle;     ///< POST /-/reload
  std::optional<bool> remote_write;  ///< POST /api/v1/write
  std::optional<bool> import;        ///< POST /api/v1/import/prometheus
};

/// Alerts of rules go both ways.
class AlertFork final : public model::AlertSink {
 public:
  AlertFork(model::AlertSink& one, model::AlertSink& other) : one_(one), other_(other) {}
  void Receive(std::span<const model::AlertPtr> alerts) override {
    one_.Receive(alerts);
    other_.Receive(alerts);
  }

 private:
  model::AlertSink& one_;
  model::AlertSink& other_;
};

/// Owns everything but the pool, which must outlive it and be stopped before it is destroyed.
class App {
 public:
  /// Reads the configuration, binds the addresses, and begins to scrape and evaluate. Errors: all faults of
  /// the configuration files, or an address that can't be bound.
  static Checked<std::unique_ptr<App>> Start(ServeOptions options, async::Pool& pool, Logger log);

  std::vector<std::string> addresses() const { return server_->addresses(); }
  /// Reads every file again; on a fault nothing changes and the faults are logged and returned. Thread safe;
  /// not for the pool's strands, as it waits for evaluations under way.
  Checked<void> Reload();
  /// Ends scraping and evaluation, then lets requests under way finish. Not to be called on the pool.
  void Stop();

 private:
  App(ServeOptions options, async::Pool& pool, Logger log, std::unique_ptr<state::Database> state,
      std::unique_ptr<store::Store> store);
  std::unique_ptr<model::Appendable> MakeWrittenBack();
  Status RestoreState();
  Checked<void> Apply(const Configuration& configuration);
  Status StartServing();
  http::Router MakeRouter();
  void AddQueries(http::Router& router);
  void AddIngest(http::Router& router, const web::Guard& guard);
  void AddAlertmanagerApi(http::Router& router, const web::Guard& guard);
  http::Response Metrics(const http::Request& request) const;
  void ScheduleUpkeep();
  void StartWatchdog();
  /// What the API shows of the configuration: read again, since what is in force has its variables filled in.
  void KeepConfigText();
  web::ReloadInfo Reloads() const;
  const model::QueryEngine& queries() const;
  void WarnOfDatasource(const Configuration& configuration) const;

  ServeOptions options_;
  async::Pool& pool_;
  Logger log_;
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<smtp::Client> smtp_;
  std::unique_ptr<dns::Resolver> resolver_;
  const std::unique_ptr<store::Store> store_owner_;
  store::Store& store_;  ///< what store_owner_ holds
  remote::WriteReceiver write_receiver_;
  store::ExemplarRing exemplars_;
  promql::Engine engine_;
  std::unique_ptr<remote::QueryClient> datasource_;  ///< null: the engine over the store answers
  std::unique_ptr<model::Appendable> written_back_;  ///< null: what rules record goes to the store
  remote::WriteQueue* write_queue_ = nullptr;        ///< of written_back_, where that is one
  std::unique_ptr<state::Database> state_;           ///< null without a path
  std::unique_ptr<rules::StateKeeper> rule_states_;
  std::shared_ptr<notify::NotificationLog> notification_log_;
  std::shared_ptr<notify::Silences> silences_;
  EvidenceTargets evidence_targets_;
  notify::Notifier notifier_;
  Alertmanagers alertmanagers_;
  AlertFork alerts_{notifier_, alertmanagers_};
  rules::Rules rules_;
  collect::Scraper scraper_;
  ReloadState reloads_;
  mutable std::mutex shown_mutex_;
  std::string shown_;  ///< the notification configuration in force, without its secrets
  const Timestamp started_;
  std::mutex reloading_;
  mutable std::mutex config_text_mutex_;
  std::string config_text_;
  std::shared_ptr<async::Strand> upkeep_;
  async::Timer next_upkeep_;
  std::unique_ptr<Watchdog> watchdog_;          ///< null without a URL to call
  std::unique_ptr<web_config::FileGate> gate_;  ///< null without a web configuration
  std::unique_ptr<http::Server> server_;
};

}  // namespace tocsin::app
