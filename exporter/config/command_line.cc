#include "exporter/config/command_line.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "exporter/config/config_file.h"

namespace tocsin::exporter {

namespace {

constexpr const char* kAbout =
    "Turns nginx's access logs and stub_status, containers and the host into Prometheus metrics.\n"
    "Each flag has an environment equivalent: --nginx.access-log is TOCSIN_EXPORTER_NGINX_ACCESS_LOG.";

/// A number as it stands on the command line; traffic::Options wants a ratio.
struct Percent {
  double value = 2;
};

void AddWebFlags(CLI::App& app, Options& options) {
  WebOptions& web = options.web;
  app.add_option("--web.listen-address", web.listen, "Address to serve on; may be given again")
      ->delimiter('\n')
      ->capture_default_str();
  flags::AddSwitch(app, "--web.systemd-socket", web.systemd_socket,
                   "Serve on the sockets that systemd passes, in place of --web.listen-address");
  app.add_option("--web.telemetry-path", web.telemetry_path, "Path of the metrics")
      ->check([](const std::string& path) {
        return path.starts_with('/') ? std::string() : "must begin with '/', not " + path;
      })
      ->capture_default_str();
  app.add_option("--web.config.file", web.config_file,
                 "TLS, users, headers and rate limit of the server, in exporter-toolkit's format");
  flags::AddSwitch(app, "--web.enable-lifecycle", web.enable_lifecycle, "Serve POST /-/reload");
  flags::AddSwitch(app, "--web.enable-evidence", options.evidence.enabled,
                   "Keep the latest notable log lines and serve them at /evidence");
  flags::AddSwitch(app, "--evidence.raw", options.evidence.raw,
                   "Keep the query strings in them, which hold what users typed");
  app.add_option_function<std::vector<std::string>>(
         "--prometheus.const-label",
         [&options](const std::vector<std::string>& labels) {
           for (const std::string& label : labels) {
             if (auto parsed = exposition::ParseConstantLabel(label))
               options.constant_labels.push_back(std::move(*parsed));
           }
         },
         "Label that every metric gets, as name=value; may be given again. A metric's own label of that name "
         "wins")
      ->delimiter('\n')
      ->check([](const std::string& label) {
        const auto parsed = exposition::ParseConstantLabel(label);
        return parsed ? std::string() : parsed.error().message();
      });
}

void AddFlags(CLI::App& app, Options& options, Percent& threshold) {
  app.add_option("--config.file", options.config_file,
                 "exporter.yml: labels from any field, routes, buckets, pools by their servers");
  AddWebFlags(app, options);
  app.add_option("--nginx.access-log", options.access_logs,
                 "Access log to follow, a glob, or - for standard input; may be given again")
      ->delimiter('\n');
  app.add_option("--nginx.error-log", options.error_logs,
                 "Error log to follow, or a glob; may be given again")
      ->delimiter('\n');
  app.add_option(
         "--nginx.log-format", options.log_format,
         "Format of the access logs: auto (recognised by the lines), json, combined, common, main, or a "
         "log_format string with nginx's variables")
      ->capture_default_str();
  app.add_option("--nginx.conf", options.nginx_conf,
                 "nginx's configuration: its access logs are followed, each in its own format, unless "
                 "--nginx.access-log names others; its formats have their names here, too");
  app.add_option("--nginx.prefix", options.nginx_prefix,
                 "Folder that logs in nginx.conf are relative to (nginx -p); by default that of nginx.conf");
  app.add_option("--nginx.syslog-listen", options.syslog_listen,
                 "Receive the access log as syslog, on udp://HOST:PORT or unix:///PATH; may be given again")
      ->delimiter('\n');
  app.add_option("--state.path", options.state_path,
                 "Folder for the checkpoint, with which reading and counting go on after a restart");
  app.add_option(
         "--nginx.pool", options.traffic.pools,
         "Pool that serves through nginx, so that its series are there from the start; may be given again")
      ->delimiter(',');
  app.add_option("--nginx.error-window", options.traffic.error_window,
                 "Requests that the error window holds (also WINDOW_SIZE)")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--nginx.error-rate-threshold", threshold.value,
                 "Per cent of failed requests above which the window is breached (also ERROR_RATE_THRESHOLD)")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--limit.series", options.traffic.series_limit,
                 "Series that logs may open; what comes beyond is counted as 'other'")
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}))
      ->capture_default_str();

  app.add_option(
         "--nginx.scrape-uri", options.stub_status.uris,
         "stub_status page, as http://, https:// or unix:/socket:/path; may be given again (also SCRAPE_URI)")
      ->delimiter('\n');
  flags::AddDuration(app, "--nginx.timeout", options.stub_status.timeout,
                     "Limit for one stub_status request");
  flags::AddSwitch(app, "--nginx.ssl-verify", options.stub_status.tls.verify,
                   "Verify the certificate of an https:// scrape URI");
  app.add_option("--nginx.ssl-ca-cert", options.stub_status.tls.ca_file,
                 "CA certificates to verify it with (PEM)");
  app.add_option("--nginx.ssl-client-cert", options.stub_status.tls.cert_file, "Client certificate (PEM)");
  app.add_option("--nginx.ssl-client-key", options.stub_status.tls.key_file, "Its key (PEM)");
  app.add_option("--nginx.certificate", options.certificates.addresses,
                 "TLS address whose certificate is watched, as HOST:PORT or HOST:PORT/SERVER_NAME; may be "
                 "given again")
      ->delimiter('\n');
  flags::AddLogFlags(app, options.log);
}

void AddMachineFlags(CLI::App& app, Options& options) {
  flags::AddSwitch(app, "--collector.nginx", options.collect_nginx,
                   "nginx's logs and stub_status; without it the flags that name them have no effect");
  flags::AddSwitch(app, "--collector.host", options.collect_host,
                   "Figures of the host, by node_exporter's names");
  app.add_option(
         "--path.rootfs", options.paths.rootfs,
         "Where the host's root file system is mounted; its proc and sys are then looked for below it")
      ->capture_default_str();
  app.add_option("--path.procfs", options.paths.procfs, "Where the host's procfs is mounted")
      ->capture_default_str();
  app.add_option("--path.sysfs", options.paths.sysfs, "Where the host's sysfs is mounted")
      ->capture_default_str();
}

void AddContainerFlags(CLI::App& app, Options& options) {
  flags::AddSwitch(app, "--collector.containers", options.collect_containers,
                   "Containers: states by their engine, figures by their cgroups");
  containers::EngineOptions& engine = options.containers.engine;
  app.add_option(
         "--docker.host", engine.host,
         "Container engine that speaks Docker's API, as unix:///path, tcp://host:port, http:// or https://; "
         "none: cgroups alone, by id")
      ->capture_default_str();
  flags::AddDuration(app, "--docker.timeout", engine.timeout, "Limit for each of its answers");
  flags::AddSwitch(app, "--docker.ssl-verify", engine.tls.verify,
                   "Verify the certificate of an https:// engine");
  app.add_option("--docker.ssl-ca-cert", engine.tls.ca_file, "CA certificates to verify it with (PEM)");
  app.add_option("--docker.ssl-client-cert", engine.tls.cert_file, "Client certificate (PEM)");
  app.add_option("--docker.ssl-client-key", engine.tls.key_file, "Its key (PEM)");
  app.add_option(
         "--container.label", options.containers.registry.label_globs,
         "Label of containers that becomes one of their series, or a glob of such, beside compose's project "
         "and service; may be given again")
      ->delimiter('\n');
  flags::AddDuration(app, "--container.remember", options.containers.registry.remember,
                     "For how long a service's container that vanished is told of as removed");
}

/// Whatever else the flags say of nginx.
void LeaveNginxAlone(Options& options) {
  options.access_logs.clear();
  options.error_logs.clear();
  options.nginx_conf.clear();
  options.syslog_listen.clear();
  options.stub_status.uris.clear();
  options.traffic.pools.clear();
  options.evidence.enabled = false;
}

/// An older name for a flag's environment variable; the flag and its own variable win over it.
void ApplyAlias(CLI::App& app, const std::string& flag, const char* variable) {
  CLI::Option* option = app.get_option(flag);
  const char* value = std::getenv(variable);
  if (option->count() != 0 || value == nullptr || *value == '\0') return;
  option->add_result(std::string(value));
  option->run_callback();
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  Percent threshold;
  CLI::App app(kAbout);
  flags::Prepare(app, "tocsin-exporter");
  AddFlags(app, line.options, threshold);
  AddMachineFlags(app, line.options);
  AddContainerFlags(app, line.options);
  CLI::App* once =
      app.add_subcommand("once", "Read the access logs to their ends, print the metrics and exit");
  once->fallthrough();
  CLI::App* explain = app.add_subcommand(
      "explain-line",
      "Say why a log line does or does not match the format, part by part; exit with 1 if not");
  explain->fallthrough();
  CLI::App* check = app.add_subcommand(
      "check", "Check the configuration and whether each source can be reached; exit with 1 if not");
  check->fallthrough();
  CLI::App* health = app.add_subcommand(
      "healthcheck",
      "Ask a URL; exit with 0 if it answers 2xx, else 1: what a container's health check runs");
  health->add_option("URL", line.health_url, "Such as http://127.0.0.1:9113/-/healthy")->required();
  explain->add_option("LINE", line.explained_line, "The line, or - for the lines of standard input");
  flags::AddEnvironment(app, "TOCSIN_EXPORTER_");
  try {
    app.parse(argc, argv);
    ApplyAlias(app, "--nginx.error-window", "WINDOW_SIZE");
    ApplyAlias(app, "--nginx.error-rate-threshold", "ERROR_RATE_THRESHOLD");
    ApplyAlias(app, "--nginx.scrape-uri", "SCRAPE_URI");
  } catch (const CLI::ParseError& error) {
    line.exit_code = app.exit(error);
    return line;
  }
  line.options.paths.FollowRoot();
  line.options.traffic.error_rate_threshold = threshold.value / 100.0;
  if (once->parsed()) line.command = Command::kOnce;
  if (explain->parsed()) line.command = Command::kExplainLine;
  if (check->parsed()) line.command = Command::kCheck;
  if (health->parsed()) {
    line.command = Command::kHealthCheck;
    return line;
  }
  if (!line.options.collect_nginx) LeaveNginxAlone(line.options);
  line.options.read_again = [flags = line.options] { return WithConfigFile(flags); };
  auto configured = WithConfigFile(std::move(line.options));
  if (!configured) {
    std::fprintf(stderr, "%s\n", ToString(configured.error()).c_str());
    line.exit_code = 1;
    return line;
  }
  line.options = std::move(*configured);
  return line;
}

}  // namespace tocsin::exporter
