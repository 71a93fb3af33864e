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

#include "alerting/collect/scrape/scraper.h"
#include "alerting/configuration.h"
#include "alerting/notify/notifier.h"
#include "alerting/promql/engine.h"
#include "alerting/rules/rules.h"
#include "alerting/self_metrics.h"
#include "alerting/state/database.h"
#include "alerting/store/memory_store.h"
#include "alerting/web/status_api.h"
#include "base/async/pool.h"
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
  std::string external_url;  ///< "": made from the first address
  Duration retention{std::chrono::hours(2)};
  std::string web_config_file;  ///< "": plain HTTP, open to everyone
  promql::EngineOptions engine;
  size_t query_concurrency = 20;             ///< further queries wait
  std::map<std::string, std::string> flags;  ///< every flag with its value, for the API
  std::string state_path;  ///< the state database's file; "": state lives as long as the process
  state::DatabaseOptions state;
  notify::PipelineOptions pipeline;
  notify::SilenceLimits silences;
  std::optional<bool> lifecycle;  ///< POST /-/reload; unset: on when every listener is loopback
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
  App(ServeOptions options, async::Pool& pool, Logger log, std::unique_ptr<state::Database> state);
  Status RestoreState();
  Checked<void> Apply(const Configuration& configuration);
  Status StartServing();
  http::Router MakeRouter();
  void AddAlertmanagerApi(http::Router& router, const web::Guard& guard);
  http::Response Metrics(const http::Request& request) const;
  void ScheduleTruncation();
  /// What the API shows of the configuration: read again, since what is in force has its variables filled in.
  void KeepConfigText();
  web::ReloadInfo Reloads() const;

  ServeOptions options_;
  async::Pool& pool_;
  Logger log_;
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<smtp::Client> smtp_;
  store::MemoryStore store_;
  promql::Engine engine_;
  std::unique_ptr<state::Database> state_;  ///< null without a path
  std::shared_ptr<notify::NotificationLog> notification_log_;
  std::shared_ptr<notify::Silences> silences_;
  notify::Notifier notifier_;
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
  async::Timer truncation_;
  std::unique_ptr<web_config::FileGate> gate_;  ///< null without a web configuration
  std::unique_ptr<http::Server> server_;
};

}  // namespace tocsin::app
