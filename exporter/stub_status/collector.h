// nginx's own counters, asked for when we are scraped; the names are nginx-prometheus-exporter's (1.5).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/exposition/writer.h"
#include "base/http/client.h"
#include "base/log.h"
#include "exporter/stub_status/page.h"

namespace tocsin::stub_status {

struct CollectorOptions {
  /// "http://127.0.0.1:8080/stub_status", "https://…", "unix:/run/nginx.sock:/stub_status".
  std::vector<std::string> uris;
  Duration timeout{5'000};
  http::TlsClientOptions tls;
};

/// What each URI answered, in their order.
struct Answers {
  std::vector<Result<Page>> pages;
  Duration elapsed{0};
};

/// Thread safe. `client` must outlive it.
class Collector {
 public:
  using Done = std::function<void(Answers)>;

  /// kInvalidArgument names the URI that is none.
  static Result<std::unique_ptr<Collector>> Make(http::Client& client, const CollectorOptions& options,
                                                 Logger log);

  /// Asks all of them at once; `done` is called once, when the last has answered or failed: at once when
  /// there are none, otherwise on the client's threads. None is waited for longer than `patience`, where that
  /// is shorter than the timeout.
  void Collect(Done done, Duration patience = Duration::max()) const;

  /// The families; a label `addr` only when there are several URIs. Of what can't be reached there is only
  /// nginx_up 0.
  void Write(exposition::Writer& writer, const Answers& answers) const;

 private:
  class Round;
  struct Target {
    http::ClientRequest request;
    std::string labels;
    std::string shown;  ///< the URI without its secrets
  };
  Collector(http::Client& client, std::vector<Target> targets, Logger log);

  http::Client& client_;
  std::vector<Target> targets_;
  Logger log_;
};

}  // namespace tocsin::stub_status
