#include <csignal>
#include <iostream>

#include <pthread.h>

#include "backend/options.h"
#include "backend/postgres.h"
#include "base/http/health_check.h"

namespace {

using namespace tocsin;  // NOLINT(google-build-using-namespace)

struct Connected {
  std::unique_ptr<backend::HitStore> hits;
  std::unique_ptr<backend::VisitStore> visits;
};

Connected Connect(const backend::Options& options, backend::Metrics& metrics, const Logger& log) {
  const auto teller = [&metrics](const std::string& name) {
    return [&metrics, name](bool away) { metrics.SetDependency(name, !away); };
  };
  Connected connected;
  if (!options.database.empty())  // before there are threads
    connected.visits = backend::ConnectPostgres(options.database, {.size = 4}, teller("postgres"), log);
  if (options.redis)
    connected.hits = backend::ConnectRedis(*options.redis, {.size = 8}, teller("redis"), log);
  return connected;
}

int Serve(const backend::Options& options, const Logger& log) {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);  // before any thread, so that none of them takes one

  backend::Chaos chaos(options.chaos);
  backend::Metrics metrics(options.identity.service, options.identity.pool, options.identity.release);
  const Connected connected = Connect(options, metrics, log);
  backend::Service service(options.identity, chaos,
                           {.hits = connected.hits.get(), .visits = connected.visits.get()});
  auto server = backend::Server::Start(options.server, service, metrics, log);
  if (!server) {
    log.Error("Start failed", {{"err", server.error()}});
    return 1;
  }
  log.Info("Listening on",
           {{"address", options.server.listen_address + ":" + std::to_string((*server)->port())},
            {"pool", options.identity.pool},
            {"release", options.identity.release}});
  int signal = 0;
  sigwait(&stop_signals, &signal);
  log.Info("Stopping", {{"signal", signal}});
  chaos.Stop();  // held requests are answered, not cut off
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = tocsin::backend::ParseOptions(argc, argv);
  if (const auto* exit = std::get_if<tocsin::backend::Exit>(&parsed)) {
    (exit->code == 0 ? std::cout : std::cerr) << exit->text;
    return exit->code;
  }
  const auto& options = std::get<tocsin::backend::Options>(parsed);
  if (!options.health_check.empty()) return tocsin::http::RunHealthCheck(options.health_check);
  return Serve(options, tocsin::Logger::ToStderr(tocsin::LogLevel::kInfo, tocsin::LogFormat::kLogfmt));
}
