#include "alerting/commands/serve.h"

#include <algorithm>
#include <thread>

#include "base/async/lifecycle.h"

namespace tocsin::app {

int Serve(const CommandLine& line) {
  const Logger log = Logger::ToStderr(line.log.level, line.log.format);
  // Queries run on the pool too; with a few threads more than cores, one that is slow leaves room for the
  // rules.
  constexpr int kFewestThreads = 4;
  async::Pool pool(std::max(kFewestThreads, static_cast<int>(std::thread::hardware_concurrency())));
  async::Lifecycle lifecycle(pool);
  log.Info("Starting tocsin", {{"version", flags::Version()}});
  auto app = App::Start(line.serve, pool, log);
  if (!app) {
    for (const Error& error : app.error()) log.Error("Can't start", {{"err", error}});
    pool.Stop();
    return 1;
  }
  lifecycle.OnReload([&app] { (void)(*app)->Reload(); });
  int signal = lifecycle.WaitForStop();
  log.Info("Stopping", {{"signal", signal}});
  (*app)->Stop();
  pool.Stop();
  log.Info("Stopped");
  return 0;
}

}  // namespace tocsin::app
