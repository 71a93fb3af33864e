// The exporter's side towards HTTP: addresses, the gate of --web.config.file, and the pages that are not
// metrics.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async/pool.h"
#include "base/http/landing_page.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/web_config/file_gate.h"
#include "exporter/config/options.h"
#include "exporter/reloads.h"

namespace tocsin::exporter {

/// Thread safe.
class WebServer {
 public:
  struct Parts {
    http::Handler metrics;
    /// Answers /-/ready.
    http::Handler ready;
    /// Further pages, and what the landing page says of them.
    http::Router router;
    std::vector<http::LandingPage::Link> links;
  };

  /// Binds the addresses and serves. A reload of the web configuration becomes a part of `reloads`, which
  /// POST /-/reload runs when it is enabled; both outlive the server. All faults of the web configuration
  /// are logged, and the first is returned.
  static Result<std::unique_ptr<WebServer>> Start(async::Pool& pool, const WebOptions& options, Parts parts,
                                                  Reloads& reloads, const Logger& log);

  std::vector<std::string> addresses() const { return server_->addresses(); }
  /// Lets requests under way finish for up to `drain`. Not to be called on the pool.
  void Stop(Duration drain) { server_->Stop(drain); }

 private:
  WebServer() = default;

  std::unique_ptr<web_config::FileGate> gate_;  ///< null without a web configuration
  std::unique_ptr<http::Server> server_;
};

}  // namespace tocsin::exporter
