#include "alerting/commands/command_line.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alerting/commands/notify_commands.h"
#include "alerting/commands/query.h"

namespace tocsin::app {
namespace {

constexpr const char* kAbout =
    "Scrapes metrics, evaluates Prometheus alerting rules, and notifies by email and Slack.\n"
    "Reads prometheus.yml, its rule files and alertmanager.yml as Prometheus and Alertmanager do.\n"
    "Each flag has an environment equivalent: --config.file is TOCSIN_CONFIG_FILE.";

constexpr const char* kServeAbout =
    "Run until SIGTERM. SIGHUP, or POST /-/reload where that is on, reads every configuration file again.\n"
    "Without --config.file nothing is scraped; without --notify.config-file alerts are evaluated and shown, "
    "not sent.";

void AddUnsupportedFlag(CLI::App& app, ConfigurationFiles& files) {
  app.add_option_function<std::string>(
         "--config.unsupported",
         [&files](const std::string& text) {
           if (auto mode = config::ParseUnsupported(text)) files.unsupported = *mode;
         },
         "What a key that this version can't honour is: error, or warn to go on without it")
      ->check(CLI::IsMember({"error", "warn"}))
      ->default_str("error");
}

void AddNotifyFlags(CLI::App& app, ServeOptions& options) {
  flags::AddDuration(app, "--notify.cooldown", options.pipeline.cooldown,
                     "Hold an alert that fires again this soon after it was told, until then");
  flags::AddSwitch(
      app, "--notify.resolve-muted", options.pipeline.resolve_muted,
      "Tell the end of an alert that was told also when it is silenced, inhibited or muted by then");
  app.add_option(
      "--state.path", options.state_path,
      "File for silences, alerts and what was told of them (default: they are lost with the process)");
  flags::AddDuration(
      app, "--state.commit-interval", options.state.commit_interval,
      "How long changes of state wait to be committed together; a kill undoes no more than that");
  app.add_option("--state.batch", options.state.batch,
                 "Changes of state that are committed without waiting longer")
      ->capture_default_str();
  flags::AddDuration(app, "--data.retention", options.silences.retention,
                     "How long expired silences are kept");
  app.add_option("--silences.max-silences", options.silences.max_silences,
                 "Most silences, those expired and not yet forgotten included (default: no limit)");
  app.add_option("--silences.max-silence-size-bytes", options.silences.max_bytes,
                 "Largest silence (default: no limit)");
}

/// The flag's option, to see whether it was given, as its default depends on the addresses.
CLI::Option* AddServeFlags(CLI::App& app, ServeOptions& options, bool& lifecycle) {
  app.add_option("--config.file", options.files.prometheus,
                 "prometheus.yml: what to scrape, which rules to evaluate");
  app.add_option("--notify.config-file", options.files.alertmanager,
                 "alertmanager.yml: routes and receivers of notifications");
  app.add_option("--rules.file", options.files.rules,
                 "Rule files beside those of --config.file (glob); may be given again")
      ->delimiter('\n');
  AddUnsupportedFlag(app, options.files);
  app.add_option("--web.listen-address", options.listen, "Address to serve on; may be given again")
      ->delimiter('\n')
      ->capture_default_str();
  app.add_option("--web.config.file", options.web_config_file,
                 "TLS, users, headers and rate limit of the server, in exporter-toolkit's format");
  app.add_option("--web.external-url", options.external_url,
                 "Where users reach this server, for links in messages (default: the first listen address)");
  AddNotifyFlags(app, options);
  flags::AddDuration(app, "--storage.retention", options.retention,
                     "How long samples are kept; they are held in memory");
  return flags::AddSwitch(app, "--web.enable-lifecycle", lifecycle,
                          "Serve POST /-/reload (default: when all listen addresses are loopback)");
}

void AddQueryFlags(CLI::App& app, ServeOptions& options) {
  flags::AddDuration(app, "--query.timeout", options.engine.timeout, "A query that takes longer is ended");
  flags::AddDuration(app, "--query.lookback-delta", options.engine.limits.lookback,
                     "How old a sample may be that stands for its series at a time");
  app.add_option("--query.max-samples", options.engine.limits.max_samples,
                 "A query that loads more samples into memory is ended")
      ->capture_default_str();
  app.add_option("--query.max-concurrency", options.query_concurrency,
                 "How many queries of the API run at a time; further ones wait")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option_function<std::vector<std::string>>(
         "--enable-feature",
         [&options](const std::vector<std::string>& names) {
           for (const std::string& name : names) {
             if (name == "promql-experimental-functions") options.engine.enable_experimental = true;
             if (name == "promql-duration-expr") options.engine.enable_duration_expr = true;
           }
         },
         "Features that Prometheus has behind this flag too: promql-experimental-functions, "
         "promql-duration-expr (comma-separated)")
      ->delimiter(',')
      ->check(CLI::IsMember({"promql-experimental-functions", "promql-duration-expr"}));
}

/// Every long flag with its value, or its default.
std::map<std::string, std::string> ValuesOf(const CLI::App& app) {
  std::map<std::string, std::string> values;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty()) continue;
    std::string& value = values[option->get_lnames().front()];
    value = option->get_default_str();
    if (option->count() > 0) value = CLI::detail::join(option->results(), ",");
  }
  values.erase("help");
  return values;
}

void AddQueryCommand(CLI::App& app, std::function<int()>& action, bool range) {
  CLI::App* command = range ? app.add_subcommand("range", "Over a range of time, with a plot")
                            : app.add_subcommand("instant", "At one time");
  auto query = std::make_shared<QueryCommand>();
  query->range = range;
  command->add_option("EXPR", query->expression, "The PromQL expression")->required();
  command->add_option("--url", query->url, "Any Prometheus-compatible API")->capture_default_str();
  if (range) {
    command->add_option("--start", query->start,
                        "Unix seconds or RFC 3339 (default: an hour before the end)");
    command->add_option("--end", query->end, "Unix seconds or RFC 3339 (default: now)");
    command->add_option("--step", query->step, "Seconds or a duration (default: one for each column)");
  } else {
    command->add_option("--time", query->time, "Unix seconds or RFC 3339 (default: now)");
  }
  command->callback([query, &action] { action = [query] { return Query(*query); }; });
}

CLI::App* AddCheck(CLI::App& check, const std::string& name, const std::string& about, CommandLine& line) {
  CLI::App* command = check.add_subcommand(name, about);
  command->add_option("FILE", line.files, "Files to check")->required();
  AddUnsupportedFlag(*command, line.serve.files);
  return command;
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app(kAbout);
  flags::Prepare(app, "tocsin");
  app.require_subcommand(1);

  CLI::App* serve = app.add_subcommand("serve", kServeAbout);
  bool lifecycle = false;
  const CLI::Option* lifecycle_option = AddServeFlags(*serve, line.serve, lifecycle);
  AddQueryFlags(*serve, line.serve);
  flags::AddLogFlags(*serve, line.log);

  CLI::App* check =
      app.add_subcommand("check", "Check files; exit 0, or 1 with file:line:column of each fault");
  check->require_subcommand(1);
  CLI::App* config = AddCheck(*check, "config", "A prometheus.yml and the rule files that it names", line);
  CLI::App* rules = AddCheck(*check, "rules", "Rule files", line);
  CLI::App* notify = AddCheck(*check, "notify", "An alertmanager.yml and the templates that it names", line);
  check->add_subcommand("web-config", "A --web.config.file and the certificates that it names")
      ->add_option("FILE", line.files, "Files to check")
      ->required();

  AddNotifyCommands(app, line.action);
  CLI::App* query = app.add_subcommand("query", "Ask a query API; prints tables, and plots ranges");
  query->require_subcommand(1);
  AddQueryCommand(*query, line.action, false);
  AddQueryCommand(*query, line.action, true);
  flags::AddEnvironment(app, "TOCSIN_");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    line.exit_code = app.exit(error) == 0 ? 0 : 2;
    return line;
  }
  if (lifecycle_option->count() > 0) line.serve.lifecycle = lifecycle;
  line.serve.flags = ValuesOf(*serve);
  line.command = line.action        ? Command::kAction
                 : serve->parsed()  ? Command::kServe
                 : config->parsed() ? Command::kCheckConfig
                 : rules->parsed()  ? Command::kCheckRules
                 : notify->parsed() ? Command::kCheckNotify
                                    : Command::kCheckWebConfig;
  return line;
}

}  // namespace tocsin::app
