#include "alerting/configuration.h"

#include <utility>

#include "alerting/notify/template/templates.h"
#include "base/files.h"

namespace tocsin::app {
namespace {

/// Moves the value to `out`, or the faults to `errors`.
template <typename T>
void Take(Checked<T> read, T& out, Errors& errors) {
  if (read) {
    out = std::move(*read);
  } else {
    errors.insert(errors.end(), read.error().begin(), read.error().end());
  }
}

void Append(Errors& to, const Errors& from) { to.insert(to.end(), from.begin(), from.end()); }

std::vector<std::string> RuleFiles(const ConfigurationFiles& files,
                                   const config::PrometheusConfig& prometheus, Errors& errors) {
  std::vector<std::string> paths = prometheus.rule_files;
  for (const std::string& pattern : files.rules) {
    auto found = Glob(pattern);
    if (!found) {
      errors.push_back(found.error());
    } else if (found->empty()) {
      errors.emplace_back(ErrorCode::kNotFound, "--rules.file=" + pattern + " names no file");
    } else {
      for (const auto& path : *found) paths.push_back(path.string());
    }
  }
  return paths;
}

}  // namespace

Checked<Configuration> LoadConfiguration(const ConfigurationFiles& files, const model::QueryEngine& engine,
                                         const Clock& clock, const std::string& external_url) {
  Configuration all;
  Errors errors;
  const yaml::Environment environment = yaml::ProcessEnvironment();
  if (!files.prometheus.empty()) {
    Take(config::LoadPrometheusConfig(files.prometheus, environment, files.unsupported), all.prometheus,
         errors);
  }
  if (!files.alertmanager.empty()) {
    Take(config::LoadAlertmanagerConfig(files.alertmanager, environment, files.unsupported), all.alertmanager,
         errors);
    all.alertmanager.options.external_url = external_url;
    std::shared_ptr<const notify::Templates> templates;
    Take(notify::Templates::Load(all.alertmanager.options.template_globs, clock, external_url), templates,
         errors);
  }
  rules::RuleReadOptions options;
  options.default_interval = all.prometheus.evaluation_interval;
  options.default_query_offset = all.prometheus.rule_query_offset;
  options.external_labels = all.prometheus.external_labels;
  options.external_url = external_url;
  Take(rules::ReadRuleFiles(RuleFiles(files, all.prometheus, errors), engine, options), all.groups, errors);
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  Append(all.warnings, all.prometheus.warnings);
  Append(all.warnings, all.alertmanager.warnings);
  return all;
}

}  // namespace tocsin::app
