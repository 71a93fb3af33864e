#include "alerting/commands/serve.h"

#include <algorithm>
#include <thread>

#include "base/async/lifecycle.h"
#include "base/own_memory.h"

namespace tocsin::app {

namespace {

constexpr Duration kStart{3'000};  // after which all has been read that is read but once

}  // namespace

int Serve(const CommandLine& line) {
  own_memory::ShareOneHeap();
  own_memory::ReturnLargeBlocks();
  const Logger log = Logger::ToStderr(line.log.level, line.log.format);
  // Queries run on the pool too; with a few threads more than cores, one that is slow leaves room for the
  // rules. A group that asks a datasource holds a thread until it answers.
  const int fewest = line.serve.datasource.url.empty() ? 4 : 32;
  async::Pool pool(std::max(fewest, static_cast<int>(std::thread::hardware_concurrency())));
  async::Lifecycle lifecycle(pool);
  log.Info("Starting tocsin", {{"version", flags::Version()}});
  auto app = App::Start(line.serve, pool, log);
  if (!app) {
    for (const Error& error : app.error()) log.Error("Can't start", {{"err", error}});
    pool.Stop();
    return 1;
  }
  const auto strand = pool.MakeStrand();
  const async::Timer started = strand->After(kStart, own_memory::ForgetPagesOfStart);
  lifecycle.OnReload([&app] { (void)(*app)->Reload(); });
  int signal = lifecycle.WaitForStop();
  log.Info("Stopping", {{"signal", signal}});
  (*app)->Stop();
  pool.Stop();
  log.Info("Stopped");
  return 0;
}

}  // namespace tocsin::app
