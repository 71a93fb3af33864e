#include "exporter/serve.h"

#include "base/async/lifecycle.h"
#include "exporter/app.h"
#include "exporter/code_pages.h"

namespace tocsin::exporter {

int RunServe(const Options& options, const Logger& log) {
  constexpr int kThreads = 2;
  async::Pool pool(kThreads);
  async::Lifecycle lifecycle(pool);
  const auto app = App::Start(options, pool, log);
  if (!app) {
    log.Error("Can't start", {{"err", app.error()}});
    pool.Stop();
    return 1;
  }
  if (Status released = ReleaseCodePages(); !released)
    log.Debug("Memory of the start stays", {{"err", released.error()}});
  lifecycle.OnReload([&app] { (void)(*app)->Reload(); });
  lifecycle.WaitForStop();
  log.Info("Stopping");
  (*app)->Stop();
  pool.Stop();
  return 0;
}

}  // namespace tocsin::exporter
