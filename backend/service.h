// The demo service that nginx stands in front of, without its sockets: a request in, an answer out.
//
//   /  /version  /api/health           app routes: carry the pool and release, and suffer what chaos is on
//   /api  /api/visits                  app routes that use the stores; they answer without them, and say what
//   is away /health  /healthz  /ping           the process's own health: 200 as long as it serves, naming
//   what is away. One lost
//                                      store does not make the process unhealthy, and chaos does not either
//   POST /chaos/start?mode=… , /stop   the switch
//
// /metrics is served beside it, by prometheus-cpp's Exposer.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/chaos.h"
#include "backend/stores.h"

namespace tocsin::backend {

struct Identity {
  std::string service;  ///< prefix of the metric names; may be empty
  std::string pool;
  std::string release;
};

struct Request {
  std::string_view method;
  std::string_view path;  ///< without the query
  std::string_view mode;  ///< the query's `mode`, decoded; "" when there is none
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// Thread safe. `chaos` and what `stores` names must outlive it.
class Service {
 public:
  Service(Identity identity, Chaos& chaos, Stores stores = {});

  /// May block for as long as chaos says.
  Response Handle(const Request& request);

  /// `path` when it is a route of ours, else "other": fit for a label.
  static std::string_view RouteLabel(std::string_view path);
  static std::string_view MethodLabel(std::string_view method);

  const Identity& identity() const { return identity_; }

 private:
  Response AnswerHealth(std::string_view path) const;
  Response AnswerApp(const Request& request);
  Response AnswerApi();
  Response RecordVisit();
  Response ListVisits();
  std::vector<std::string> Away() const;
  Response StartChaos(std::string_view mode);
  Response StopChaos();

  const Identity identity_;
  const std::string version_body_;
  Chaos& chaos_;
  const Stores stores_;
};

}  // namespace tocsin::backend
