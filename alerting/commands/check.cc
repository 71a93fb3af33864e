#include "alerting/commands/check.h"

#include <cstdio>

#include "alerting/notify/dispatch/route_text.h"
#include "alerting/store/store.h"
#include "base/clock.h"
#include "base/web_config/file_gate.h"

namespace tocsin::app {
namespace {

constexpr int kLintFailed = 3;

/// The file as `serve` would be given it.
ConfigurationFiles AsServed(const CommandLine& line, const std::string& file) {
  ConfigurationFiles files;
  files.unsupported = line.serve.files.unsupported;
  files.ignore_unknown_rule_keys = line.serve.files.ignore_unknown_rule_keys;
  if (line.command == Command::kCheckConfig) files.prometheus = file;
  if (line.command == Command::kCheckNotify) files.alertmanager = file;
  if (line.command == Command::kCheckRules) files.rules = {file};
  return files;
}

std::string Summary(const CommandLine& line, const Configuration& found) {
  size_t rules = 0;
  for (const auto& group : found.groups) rules += group->rules.size();
  std::string text = std::to_string(rules) + " rules in " + std::to_string(found.groups.size()) + " groups";
  if (line.command == Command::kCheckConfig) {
    text = std::to_string(found.prometheus.scrape.jobs.size()) + " scrape jobs, " + text;
  }
  if (line.command == Command::kCheckNotify) {
    text = std::to_string(found.alertmanager.options.receivers.size()) + " receivers";
  }
  return text;
}

int CheckWebConfigs(const std::vector<std::string>& files) {
  int exit_code = 0;
  for (const std::string& file : files) {
    if (const auto checked = web_config::CheckFile(file)) {
      std::printf("%s: good\n", file.c_str());
    } else {
      std::fprintf(stderr, "%s\n", ToString(checked.error()).c_str());
      exit_code = 1;
    }
  }
  return exit_code;
}

}  // namespace

int Check(const CommandLine& line) {
  if (line.lint.empty_selectors && !line.lint_url && line.command == Command::kCheckRules) {
    std::fprintf(stderr, "empty-selectors is not checked: it needs --url\n");
  }
  if (line.command == Command::kCheckWebConfig) return CheckWebConfigs(line.files);
  const store::Store store;
  const SystemClock clock;
  const promql::Engine engine(store, clock, line.serve.engine);
  int exit_code = 0;
  std::vector<std::string> files = line.files;
  if (files.empty()) files.emplace_back("/dev/stdin");
  for (const std::string& file : files) {
    auto found = LoadConfiguration(AsServed(line, file), engine, clock, "http://localhost:9093");
    if (found) {
      for (const Error& warning : found->warnings)
        std::fprintf(stderr, "warning: %s\n", warning.ToString().c_str());
      const Errors findings = Lint(found->groups, line.lint, line.lint_url);
      for (const Error& finding : findings) {
        std::fprintf(stderr, "warning: %s\n", finding.ToString().c_str());
      }
      if (!findings.empty() && line.lint_fatal && exit_code == 0) exit_code = kLintFailed;
      std::printf("%s: good, %s\n", file.c_str(), Summary(line, *found).c_str());
      if (line.command == Command::kCheckNotify) {
        std::printf("%s", notify::DrawTree(*notify::Route::Make(found->alertmanager.options.route)).c_str());
      }
    } else {
      std::fprintf(stderr, "%s\n", ToString(found.error()).c_str());
      exit_code = 1;
    }
  }
  return exit_code;
}

}  // namespace tocsin::app
