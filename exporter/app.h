// The exporter as a whole: follows the logs, asks nginx when it is scraped, serves the metrics.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async/pool.h"
#include "base/http/client.h"
#include "base/http/server.h"
#include "base/log.h"
#include "exporter/certificates/collector.h"
#include "exporter/checkpoint/keeper.h"
#include "exporter/checkpoint/store.h"
#include "exporter/config/options.h"
#include "exporter/containers/collector.h"
#include "exporter/host/collector.h"
#include "exporter/log_intake.h"
#include "exporter/reloads.h"
#include "exporter/stub_status/collector.h"
#include "exporter/web_server.h"

namespace tocsin::exporter {

/// Owns everything but the pool, which must outlive it and be stopped before it is destroyed.
class App {
 public:
  /// Starts to follow and to serve. Errors: an address that can't be bound, a format that can't be read, a
  /// URI that is none.
  static Result<std::unique_ptr<App>> Start(Options options, async::Pool& pool, Logger log);

  /// Where it listens.
  std::vector<std::string> addresses() const { return web_->addresses(); }
  /// Reads the web configuration, exporter.yml and nginx.conf again: what SIGHUP and POST /-/reload do. A
  /// fault in any of them changes nothing; all are returned and logged. Thread safe; not for strands.
  Checked<void> Reload() { return reloads_.Run(); }
  /// Lets scrapes under way finish and writes what is to survive, to the last line and container. Not to be
  /// called on the pool.
  void Stop();

 private:
  /// What is read from the kernel at a scrape, and how long each collector took.
  struct MachinePage {
    std::string text;
    std::vector<std::pair<std::string_view, double>> seconds;
  };

  App(Options options, async::Pool& pool, Logger log);
  Status MakeCollectors();
  Status MakeContainers();
  Status StartServing();
  Checked<Reloads::Commit> PrepareLogs();
  void ServeMetrics(const http::Request& request, const http::Responder& respond);
  std::string Page(exposition::Format format, const stub_status::Answers& answers, MachinePage& machine);
  void KeepContainers();
  std::shared_ptr<MachinePage> WriteMachine(exposition::Format format,
                                            const std::vector<containers::Upstream>& upstreams);
  void WriteOwnMetrics(exposition::Writer& writer, const stub_status::Answers& answers, double logs_seconds,
                       const MachinePage& machine);

  Options options_;
  async::Pool& pool_;
  Logger log_;
  std::shared_ptr<async::Strand> machine_strand_;  ///< of what is read from the kernel
  async::Timer started_;
  size_t machine_bytes_ = 0;  ///< of the last scrape; on machine_strand_
  Reloads reloads_;
  std::unique_ptr<host::Collector> host_;
  std::unique_ptr<LogIntake> intake_;
  std::unique_ptr<containers::Collector> containers_;
  std::unique_ptr<checkpoint::Store> containers_store_;  ///< null without --state.path, as is the keeper
  std::unique_ptr<checkpoint::Keeper> containers_keeper_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<stub_status::Collector> stub_status_;
  std::shared_ptr<certificates::Collector> certificates_;
  std::unique_ptr<WebServer> web_;
};

}  // namespace tocsin::exporter
