#include <csignal>
#include <iostream>

#include <pthread.h>

#include "backend/options.h"

namespace {

using namespace tocsin;  // NOLINT(google-build-using-namespace)

int Serve(const backend::Options& options, const Logger& log) {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);  // before any thread, so that none of them takes one

  backend::Chaos chaos(options.chaos);
  backend::Service service(options.identity, chaos);
  backend::Metrics metrics(options.identity.service, options.identity.pool, options.identity.release);
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
  return Serve(std::get<tocsin::backend::Options>(parsed),
               tocsin::Logger::ToStderr(tocsin::LogLevel::kInfo, tocsin::LogFormat::kLogfmt));
}
