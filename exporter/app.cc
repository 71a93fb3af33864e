#include "exporter/app.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "base/exposition/process_metrics.h"
#include "base/flags/flags.h"
#include "base/own_memory.h"
#include "exporter/evidence/page.h"
#include "exporter/kernel/descriptors.h"
#include "exporter/log_formats.h"

namespace tocsin::exporter {

namespace {

constexpr Duration kDrain{5'000};
constexpr Duration kStart{3'000};  // after which all has been read that is read but once
constexpr const char* kCatchingUp = "Counting what was logged while the exporter was not running.\n";
/// Of a scrape's time, this much may be spent on waiting for nginx: a page that says that nginx is down is
/// worth more than none. Prometheus tells the time in this header.
constexpr double kShareForNginx = 0.75;
constexpr const char* kScrapeTimeout = "X-Prometheus-Scrape-Timeout-Seconds";

Duration PatienceWithNginx(const http::Request& request) {
  const std::string seconds(request.headers.Get(kScrapeTimeout));
  constexpr double kMillisPerSecond = 1000;
  constexpr double kLongest = 86'400;
  const double given = std::strtod(seconds.c_str(), nullptr);
  if (!(given > 0) || given > kLongest) return Duration::max();
  return Duration(static_cast<int64_t>(given * kShareForNginx * kMillisPerSecond) + 1);
}

constexpr size_t kRoomForMore = size_t{64} << 10;  // of the rest of the page, too

/// Of what the user may have expected and will not get.
void WarnOfOptions(const Options& options, const Logger& log) {
  if (options.evidence.raw && !options.evidence.enabled)
    log.Warn("--evidence.raw has no effect without --web.enable-evidence");
  if (!options.nginx_prefix.empty() && options.nginx_conf.empty())
    log.Warn("--nginx.prefix has no effect without --nginx.conf");
  if (options.collect_nginx && LogPatterns(options).empty() && options.syslog_listen.empty() &&
      options.stub_status.uris.empty()) {
    log.Warn(
        "Nothing of nginx to collect: no --nginx.access-log, --nginx.error-log or --nginx.scrape-uri is "
        "given");
  }
}

}  // namespace

Result<std::unique_ptr<App>> App::Start(Options options, async::Pool& pool, Logger log) {
  own_memory::ReturnLargeBlocks();
  std::unique_ptr<App> app(new App(std::move(options), pool, std::move(log)));
  if (Status collecting = app->MakeCollectors(); !collecting) return Fail(collecting.error());
  if (Status serving = app->StartServing(); !serving) return Fail(serving.error());
  app->started_ = app->machine_strand_->After(kStart, own_memory::ForgetPagesOfStart);
  // Last: from here on the pool uses the App.
  app->intake_->Start();
  app->certificates_->Start();
  if (app->containers_) {
    app->machine_strand_->Post([app = app.get()] {
      app->containers_->Start();
      if (app->containers_keeper_) app->containers_keeper_->Start();
    });
  }
  return app;
}

App::App(Options options, async::Pool& pool, Logger log)
    : options_(std::move(options)),
      pool_(pool),
      log_(std::move(log)),
      machine_strand_(pool.MakeStrand()),
      reloads_(pool.clock(), log_),
      client_(http::MakeCurlClient(pool, "tocsin-exporter/" + std::string(flags::Version()))) {}

Status App::MakeCollectors() {
  auto intake = LogIntake::Make(options_, pool_, log_);
  if (!intake) return Fail(intake.error());
  intake_ = std::move(*intake);
  auto collector =
      stub_status::Collector::Make(*client_, options_.stub_status, log_.With({{"collector", "stub_status"}}));
  if (!collector) return Fail(collector.error());
  stub_status_ = std::move(*collector);
  auto watched = certificates::Collector::Make(
      options_.certificates, certificates::LookByHandshake(pool_, options_.certificates.timeout), pool_,
      log_.With({{"collector", "certificates"}}));
  if (!watched) return Fail(watched.error());
  certificates_ = std::move(*watched);

  if (Status made = MakeContainers(); !made) return made;
  if (options_.collect_host) host_ = std::make_unique<host::Collector>(options_.paths, pool_.clock());
  WarnOfOptions(options_, log_);
  return {};
}

/// Which containers there were is kept beside the logs' checkpoint: it belongs to another strand.
Status App::MakeContainers() {
  if (!options_.collect_containers) return {};
  const Logger log = log_.With({{"collector", "containers"}});
  containers::Options options = options_.containers;
  options.keep_open = containers::KeepOpenWithin(options.keep_open, kernel::RaiseDescriptorLimit());
  auto made = containers::Collector::Make(std::move(options), options_.paths, *client_, machine_strand_,
                                          pool_.clock(), log);
  if (!made) return Fail(made.error());
  containers_ = std::move(*made);
  if (options_.state_path.empty()) return {};
  auto store = checkpoint::Store::Open(std::filesystem::path(options_.state_path) / "containers", log);
  if (!store) return Fail(store.error().WithContext("--state.path"));
  containers_store_ = std::move(*store);
  if (const std::optional<std::string> content = containers_store_->Load()) {
    checkpoint::Reader in(*content);
    if (Status restored = containers_->Restore(in); !restored) containers_store_->SetAside(restored.error());
  }
  containers_keeper_ =
      std::make_unique<checkpoint::Keeper>(pool_, machine_strand_, *containers_store_, log,
                                           [this](checkpoint::Writer& out) { containers_->Save(out); });
  return {};
}

/// What says how lines are read and counted; flags, and which logs there are, stay as they were.
Checked<Reloads::Commit> App::PrepareLogs() {
  if (options_.config_file.empty() && options_.nginx_conf.empty()) return Reloads::Commit([] {});
  auto read = options_.read_again();
  if (!read) return tl::unexpected(std::move(read.error()));
  const auto options = WithNginxConf(std::move(*read), log_);
  if (!options) return tl::unexpected(Errors{options.error()});
  return intake_->Prepare(*options);
}

Status App::StartServing() {
  if (options_.read_again) reloads_.Add([this] { return PrepareLogs(); });
  WebServer::Parts parts;
  parts.metrics = [this](const http::Request& request, const http::Responder& respond) {
    ServeMetrics(request, respond);
  };
  parts.ready = [this](const http::Request&, const http::Responder& respond) {
    intake_->strand().Post([this, respond] {
      respond(intake_->caught_up() ? http::Response::Text(200, "tocsin-exporter is ready.\n")
                                   : http::Response::Text(503, kCatchingUp));
    });
  };
  if (options_.evidence.enabled) {
    parts.router.Handle("GET", "/evidence",
                        http::Handler([this](const http::Request& request, const http::Responder& respond) {
                          intake_->strand().Post([this, request, respond] {
                            respond(evidence::Answer(*intake_->evidence(), request));
                          });
                        }));
    parts.links.push_back({"evidence", "Evidence", "the latest notable log lines"});
  }
  auto web =
      WebServer::Start(pool_, options_.web, std::move(parts), reloads_, log_.With({{"component", "web"}}));
  if (!web) return Fail(web.error());
  web_ = std::move(*web);
  return {};
}

/// nginx is asked first; then the logs for the servers that they know; then the kernel, on a strand of its
/// own, so that a slow file of it does not hold up the logs; at last the page is written on the strand where
/// the logs' counters live.
void App::ServeMetrics(const http::Request& request, const http::Responder& respond) {
  const exposition::Format format = exposition::Negotiate(request.headers.Get("Accept"));
  const auto asked = [this, format, respond](stub_status::Answers answers) {
    intake_->strand().Post([this, format, respond, answers = std::move(answers)] {
      machine_strand_->Post([this, format, respond, answers, upstreams = intake_->Servers()] {
        intake_->strand().Post([this, format, respond, answers, machine = WriteMachine(format, upstreams)] {
          if (!intake_->caught_up()) {
            respond(http::Response::Text(503, kCatchingUp));
            return;
          }
          http::Response response;
          response.headers.Set("Content-Type", std::string(exposition::ContentType(format)));
          response.body = Page(format, answers, *machine);
          respond(std::move(response));
        });
      });
    });
  };
  stub_status_->Collect(asked, PatienceWithNginx(request));
}

/// A page of many containers is megabytes: it is made in one piece, and handed on without a copy.
std::shared_ptr<App::MachinePage> App::WriteMachine(exposition::Format format,
                                                    const std::vector<containers::Upstream>& upstreams) {
  auto made = std::make_shared<MachinePage>();
  MachinePage& page = *made;
  page.text.reserve(machine_bytes_ + kRoomForMore);
  own_memory::Populate(page.text.data(), machine_bytes_);
  exposition::Writer writer(page.text, format, options_.constant_labels);
  const auto timed = [&page](std::string_view collector, const auto& write) {
    const auto began = std::chrono::steady_clock::now();
    write();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    page.seconds.emplace_back(collector, took.count());
  };
  if (host_) timed("host", [&] { host_->Write(writer); });
  if (containers_) timed("containers", [&] { containers_->Write(writer, upstreams); });
  machine_bytes_ = page.text.size();
  return made;
}

std::string App::Page(exposition::Format format, const stub_status::Answers& answers, MachinePage& machine) {
  std::string out = std::move(machine.text);
  exposition::Writer writer(out, format, options_.constant_labels);
  stub_status_->Write(writer, answers);
  certificates_->Write(writer);
  const auto began = std::chrono::steady_clock::now();
  intake_->Write(writer);
  const std::chrono::duration<double> logs_took = std::chrono::steady_clock::now() - began;
  WriteOwnMetrics(writer, answers, logs_took.count(), machine);
  exposition::WriteProcessMetrics(writer);
  writer.Finish();
  return out;
}

void App::WriteOwnMetrics(exposition::Writer& writer, const stub_status::Answers& answers,
                          double logs_seconds, const MachinePage& machine) {
  using exposition::RenderLabels;
  using exposition::Type;
  writer.Family("tocsin_exporter_build_info", "The running version.", Type::kInfo);
  writer.Sample(RenderLabels({{"version", flags::Version()}}), uint64_t{1});
  reloads_.Write(writer);
  writer.Family("tocsin_exporter_collector_duration_seconds", "Time that a collector took for this scrape.",
                Type::kGauge);
  writer.Sample(RenderLabels({{"collector", "access_log"}}), logs_seconds);
  writer.Sample(RenderLabels({{"collector", "stub_status"}}),
                static_cast<double>(answers.elapsed.count()) / 1000.0);
  for (const auto& [collector, seconds] : machine.seconds) {
    writer.Sample(RenderLabels({{"collector", collector}}), seconds);
  }
  writer.Family("tocsin_exporter_series", "Series that the logs have opened.", Type::kGauge);
  writer.Sample("", intake_->budget().used());
  writer.Family("tocsin_exporter_series_folded_total", "Events counted as 'other' for want of series.",
                Type::kCounter);
  writer.Sample("", intake_->budget().folded());
}

void App::Stop() {
  web_->Stop(kDrain);
  intake_->Stop();
  KeepContainers();
}

/// What came and went in the last second, too.
void App::KeepContainers() {
  if (!containers_keeper_) return;
  std::promise<void> written;
  machine_strand_->Post([this, &written] {
    checkpoint::Writer out;
    containers_->Save(out);
    containers_keeper_->WriteLast(out.bytes(), [&written] { written.set_value(); });
  });
  written.get_future().wait();
}

}  // namespace tocsin::exporter
