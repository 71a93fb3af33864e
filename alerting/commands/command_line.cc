#include "alerting/commands/command_line.h"

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alerting/commands/backtest.h"
#include "alerting/commands/datasource_flags.h"
#include "alerting/commands/notify_commands.h"
#include "alerting/commands/query.h"
#include "alerting/commands/storage_flags.h"
#include "alerting/commands/test_rules.h"
#include "alerting/web/route_prefix.h"
#include "base/http/health_check.h"

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

void AddRuleFlags(CLI::App& app, ServeOptions& options) {
  app.add_option("--rules.file", options.files.rules,
                 "Rule files beside those of --config.file (glob), which may use resolve_expr and no_data; "
                 "may be given again")
      ->delimiter('\n');
  app.add_option_function<std::string>(
         "--rules.shard",
         [&options](const std::string& text) {
           if (auto shard = rules::Shard::Parse(text)) options.files.shard = *shard;
         },
         "I/N: evaluate the I-th of N parts of the rule groups, other engines the others")
      ->check([](const std::string& text) {
        const auto shard = rules::Shard::Parse(text);
        return shard ? std::string() : shard.error().message();
      })
      ->default_str("1/1");
  flags::AddDuration(app, "--rules.alert.resend-delay", options.rules.resend_delay,
                     "How long to wait before telling a receiver of an alert again");
  flags::AddDuration(app, "--rules.alert.for-outage-tolerance", options.rules.for_state.outage_tolerance,
                     "Longest outage after which pending alerts go on where they were");
  flags::AddDuration(app, "--rules.alert.for-grace-period", options.rules.for_state.grace_period,
                     "Least time between a start and the firing of an alert whose start was read from "
                     "ALERTS_FOR_STATE; rules with a shorter for are not restored from there");
}

void AddWatchdogFlags(CLI::App& app, ServeOptions& options) {
  app.add_option_function<std::string>(
      "--watchdog.url", [&options](const std::string& url) { options.watchdog.url = Secret(url); },
      "URL of a dead man's switch: called at an interval while rules are evaluated and messages get through");
  flags::AddDuration(app, "--watchdog.interval", options.watchdog.interval, "Time between these calls");
}

void AddNotifyFlags(CLI::App& app, ServeOptions& options) {
  flags::AddDuration(app, "--notify.cooldown", options.pipeline.cooldown,
                     "Hold an alert that fires again this soon after it was told, until then (also "
                     "ALERT_COOLDOWN_SEC, in seconds)");
  flags::AddSwitch(
      app, "--notify.resolve-muted", options.pipeline.resolve_muted,
      "Tell the end of an alert that was told also when it is silenced, inhibited or muted by then");
  flags::AddSwitch(
      app, "--notify.maintenance", options.maintenance,
      "Silence every alert for as long as the server runs with it (also MAINTENANCE_MODE=on|off)");
  app.add_option("--notify.max-in-flight", options.pipeline.max_in_flight,
                 "Messages to one integration of a receiver that are under way at a time; further ones wait")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
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

/// A switch whose default depends on the addresses: stays unset unless it is given.
void AddTrustSwitch(CLI::App& app, const std::string& name, std::optional<bool>& value,
                    const std::string& about) {
  const std::string help = about + " (default: when all listen addresses are loopback)";
  app.add_flag(name + ",!--no-" + name.substr(2), help)->each([&value](const std::string& text) {
    value = CLI::detail::to_flag_value(text) > 0;
  });
}

void AddServeFlags(CLI::App& app, ServeOptions& options) {
  app.add_option("--config.file", options.files.prometheus,
                 "prometheus.yml: what to scrape, which rules to evaluate");
  app.add_option("--notify.config-file", options.files.alertmanager,
                 "alertmanager.yml: routes and receivers of notifications");
  AddRuleFlags(app, options);
  AddWatchdogFlags(app, options);
  AddUnsupportedFlag(app, options.files);
  app.add_option("--web.listen-address", options.listen, "Address to serve on; may be given again")
      ->delimiter('\n')
      ->capture_default_str();
  app.add_option("--web.config.file", options.web_config_file,
                 "TLS, users, headers and rate limit of the server, in exporter-toolkit's format");
  app.add_option("--web.external-url", options.external_url,
                 "Where users reach this server, for links in messages (default: the first listen address)")
      ->transform([](std::string url) {  // paths are put behind it
        url.erase(url.find_last_not_of('/') + 1);
        return url;
      });
  app.add_option("--web.route-prefix", options.route_prefix,
                 "Path that everything is served below, for a proxy that passes its path on")
      ->check([](const std::string& path) {
        const auto prefix = web::RoutePrefix(path);
        return prefix ? std::string() : prefix.error().message();
      })
      ->capture_default_str();
  AddNotifyFlags(app, options);
  AddStorageFlags(app, options.storage);
  AddTrustSwitch(app, "--web.enable-lifecycle", options.lifecycle, "Serve POST /-/reload");
  AddTrustSwitch(app, "--web.enable-remote-write-receiver", options.remote_write,
                 "Take samples at POST /api/v1/write");
  AddTrustSwitch(app, "--web.enable-import", options.import,
                 "Take samples as text at POST /api/v1/import/prometheus");
}

void AddFeatureFlag(CLI::App& app, promql::EngineOptions& engine) {
  app.add_option_function<std::vector<std::string>>(
         "--enable-feature",
         [&engine](const std::vector<std::string>& names) {
           for (const std::string& name : names) {
             if (name == "promql-experimental-functions") engine.enable_experimental = true;
             if (name == "promql-duration-expr") engine.enable_duration_expr = true;
           }
         },
         "Features that Prometheus has behind this flag too: promql-experimental-functions, "
         "promql-duration-expr (comma-separated)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"promql-experimental-functions", "promql-duration-expr"}));
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
  AddFeatureFlag(app, options.engine);
}

void AddDatasourceFlags(CLI::App& app, ServeOptions& options) {
  AddEndpointFlags(
      app, "--datasource.",
      "Ask this server with Prometheus' API instead of the embedded store, for rules and queries",
      options.datasource);
  app.add_option("--datasource.retries", options.datasource.retries,
                 "How often a question is asked again when the datasource is away")
      ->check(CLI::Range(0, 20))
      ->capture_default_str();
  AddEndpointFlags(
      app, "--datasource.write-",
      "Write what rules record, ALERTS too, to this receiver of remote write, with its whole path",
      options.write_back);
}

/// Every long flag with its value, or its default.
std::map<std::string, std::string> ValuesOf(const CLI::App& app) {
  std::map<std::string, std::string> values;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty()) continue;
    std::string& value = values[option->get_lnames().front()];
    value = option->get_default_str();
    if (option->count() > 0) value = CLI::detail::join(option->results(), ",");
    value = ShownValue(option->get_lnames().front(), value);
  }
  values.erase("help");
  // Whoever has the URL of a dead man's switch can keep it quiet.
  if (std::string& url = values["watchdog.url"]; !url.empty()) url = "<secret>";
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

void AddHealthCheck(CLI::App& app, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand(
      "healthcheck", "Ask a URL; exit 0 if it answers 2xx, else 1: what a container's health check runs");
  auto url = std::make_shared<std::string>();
  command->add_option("URL", *url, "Such as http://127.0.0.1:9093/-/healthy")->required();
  command->callback([url, &action] { action = [url] { return http::RunHealthCheck(*url); }; });
}

/// A variable of the shipped stack's .env: the flag and its own variable win over it.
void ApplyAlias(CLI::App& app, const std::string& flag, const char* variable,
                const std::function<std::string(std::string)>& value_of) {
  CLI::Option* option = app.get_option(flag);
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nothing sets variables
  if (option->count() != 0 || value == nullptr || *value == '\0') return;
  option->add_result(value_of(value));
  option->run_callback();
}

std::string SecondsOf(const std::string& number) {
  if (number.find_first_not_of("0123456789") == std::string::npos) return number + "s";
  throw CLI::ValidationError("ALERT_COOLDOWN_SEC", "is a whole number of seconds, not \"" + number + "\"");
}

/// What people write for a mode that is on.
std::string SwitchOf(const std::string& text) {
  if (text == "on" || text == "yes" || text == "1" || text == "true") return "true";
  if (text == "off" || text == "no" || text == "0" || text == "false") return "false";
  throw CLI::ValidationError("MAINTENANCE_MODE", "is on or off, not \"" + text + "\"");
}

CLI::App* AddCheck(CLI::App& check, const std::string& name, const std::string& about, CommandLine& line) {
  CLI::App* command = check.add_subcommand(name, about);
  const bool rules = name == "rules";
  command
      ->add_option("FILE", line.files, rules ? "Files to check (default: standard input)" : "Files to check")
      ->required(!rules);
  AddUnsupportedFlag(*command, line.serve.files);
  return command;
}

void AddUnknownFieldsFlag(CLI::App& app, bool& ignore) {
  app.add_flag("--ignore-unknown-fields", ignore,
               "Pass over keys of rule files that are not of their format; `serve` refuses them");
}

void AddLintFlags(CLI::App& app, CommandLine& line) {
  app.add_option_function<std::string>(
         "--lint",
         [&line](const std::string& text) {
           if (auto checks = LintChecks::Parse(text)) line.lint = *checks;
         },
         "What is warned of: all, none, or some of duplicate-rules, value-in-labels, missing-for, "
         "missing-runbook, "
         "empty-selectors (which needs --url)")
      ->check([](const std::string& text) {
        const auto checks = LintChecks::Parse(text);
        return checks ? std::string() : checks.error().message();
      })
      ->default_str("duplicate-rules");
  app.add_flag("--lint-fatal", line.lint_fatal, "Exit 3 when there is a warning and nothing worse");
  app.add_option("--url", line.lint_url,
                 "A Prometheus-compatible API to ask whether selectors match something");
}

void AddRulesCommand(CLI::App& app, std::function<int()>& action) {
  CLI::App* rules = app.add_subcommand("rules", "What rules would do");
  rules->require_subcommand(1);
  CLI::App* command = rules->add_subcommand(
      "backtest",
      "Replay rules over stored samples; print when each alert would have been pending and firing.\n"
      "What the rules record is computed anew. Exit 0, or 1 when a rule failed.");
  auto backtest = std::make_shared<BacktestCommand>();
  command->add_option("--rules", backtest->rules, "Rule files (glob); may be given again")
      ->required()
      ->delimiter('\n');
  command->add_option("--from", backtest->from, "Unix seconds or RFC 3339 (default: an hour before the end)");
  command->add_option("--to", backtest->to, "Unix seconds or RFC 3339 (default: now)");
  command->add_option("--url", backtest->url, "The Prometheus-compatible API that has the samples");
  command->add_option("--storage", backtest->storage,
                      "Instead of it, the --storage.path of a tocsin that does not run");
  flags::AddDuration(*command, "--evaluation-interval", backtest->interval,
                     "Time between evaluations of groups without an interval, as in prometheus.yml");
  command->add_option("--format", backtest->format, "table, with a timeline; or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->add_option("--notify.config-file", backtest->notify_config,
                      "An alertmanager.yml: count the messages that would have been sent by it");
  command->add_option("--max-samples", backtest->max_samples, "Most samples to fetch")->capture_default_str();
  command->callback([backtest, &action] { action = [backtest] { return Backtest(*backtest); }; });
}

void AddTestCommand(CLI::App& app, std::function<int()>& action) {
  CLI::App* test = app.add_subcommand("test", "Unit tests");
  test->require_subcommand(1);
  CLI::App* command = test->add_subcommand(
      "rules", "Run unit tests of rules, in promtool's format; exit 0 when all is as they expect, else 1");
  auto rules = std::make_shared<TestRulesCommand>();
  command->add_option("FILE", rules->files, "Files of unit tests")->required();
  command
      ->add_option("--run", rules->run,
                   "Only tests whose name this regular expression finds; may be given again")
      ->delimiter('\n');
  command->add_option("--junit", rules->junit, "File to write the results to, in JUnit's XML");
  command->add_flag_function(
      "--diff", [](int64_t) {}, "As promtool has it; what differs is always shown as a diff");
  AddUnknownFieldsFlag(*command, rules->ignore_unknown_fields);
  AddFeatureFlag(*command, rules->engine);
  command->callback([rules, &action] { action = [rules] { return TestRules(*rules); }; });
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app(kAbout);
  flags::Prepare(app, "tocsin");
  app.require_subcommand(1);

  CLI::App* serve = app.add_subcommand("serve", kServeAbout);
  AddServeFlags(*serve, line.serve);
  AddQueryFlags(*serve, line.serve);
  AddDatasourceFlags(*serve, line.serve);
  flags::AddLogFlags(*serve, line.log);

  CLI::App* check = app.add_subcommand(
      "check",
      "Check files; exit 0, or 1 with file:line:column of each fault; 3 with --lint-fatal and warnings");
  check->require_subcommand(1);
  CLI::App* config = AddCheck(*check, "config", "A prometheus.yml and the rule files that it names", line);
  CLI::App* rules = AddCheck(*check, "rules", "Rule files", line);
  for (CLI::App* each : {config, rules}) {
    AddLintFlags(*each, line);
    AddFeatureFlag(*each, line.serve.engine);
  }
  AddUnknownFieldsFlag(*rules, line.serve.files.ignore_unknown_rule_keys);
  CLI::App* notify = AddCheck(*check, "notify", "An alertmanager.yml and the templates that it names", line);
  check->add_subcommand("web-config", "A --web.config.file and the certificates that it names")
      ->add_option("FILE", line.files, "Files to check")
      ->required();

  AddTestCommand(app, line.action);
  AddRulesCommand(app, line.action);
  AddNotifyCommands(app, line.action);
  AddHealthCheck(app, line.action);
  CLI::App* query = app.add_subcommand("query", "Ask a query API; prints tables, and plots ranges");
  query->require_subcommand(1);
  AddQueryCommand(*query, line.action, false);
  AddQueryCommand(*query, line.action, true);
  flags::AddEnvironment(app, "TOCSIN_");
  try {
    app.parse(argc, argv);
    if (serve->parsed()) {
      ApplyAlias(*serve, "--notify.cooldown", "ALERT_COOLDOWN_SEC", SecondsOf);
      ApplyAlias(*serve, "--notify.maintenance", "MAINTENANCE_MODE", SwitchOf);
    }
  } catch (const CLI::ParseError& error) {
    line.exit_code = app.exit(error) == 0 ? 0 : 2;
    return line;
  }
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
