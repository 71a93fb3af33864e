#include "alerting/configuration.h"

#include <algorithm>
#include <utility>

#include "alerting/notify/template/templates.h"
#include "base/files.h"
#include "base/yaml/go_yaml.h"

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

/// The files of --rules.file that prometheus.yml does not name as well.
std::vector<std::string> OwnRuleFiles(const ConfigurationFiles& files,
                                      const config::PrometheusConfig& prometheus, Errors& errors) {
  std::vector<std::string> paths;
  for (const std::string& pattern : files.rules) {
    auto found = Glob(pattern);
    if (!found) {
      errors.push_back(found.error());
    } else if (found->empty()) {
      errors.emplace_back(ErrorCode::kNotFound, pattern + " names no file");
    } else {
      for (const auto& path : *found) {
        const auto& plain = prometheus.rule_files;
        if (std::find(plain.begin(), plain.end(), path.string()) == plain.end())
          paths.push_back(path.string());
      }
    }
  }
  return paths;
}

/// Prometheus and Alertmanager pass over them silently.
void WarnOfFurtherDocuments(const std::string& path, Errors& warnings) {
  const auto text = ReadFile(path);
  if (!text) return;
  if (const auto line = yaml::LineOfSecondDocument(yaml::PlainText(*text))) {
    warnings.emplace_back(ErrorCode::kInvalidArgument,
                          "what stands behind this mark is another document, and is not read",
                          Position{path, *line, 1});
  }
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
  options.default_interval =
      files.prometheus.empty() ? files.evaluation_interval : all.prometheus.evaluation_interval;
  options.default_query_offset = all.prometheus.rule_query_offset;
  options.external_labels = all.prometheus.external_labels;
  options.external_url = external_url;
  options.ignore_unknown = files.ignore_unknown_rule_keys;
  Take(rules::ReadRuleFiles(all.prometheus.rule_files, engine, options), all.groups, errors);
  rules::GroupSpecs own;
  options.own_keys = true;
  const std::vector<std::string> own_files = OwnRuleFiles(files, all.prometheus, errors);
  Take(rules::ReadRuleFiles(own_files, engine, options), own, errors);
  all.groups.insert(all.groups.end(), own.begin(), own.end());
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  rules::Keep(files.shard, all.groups);
  Append(all.warnings, all.prometheus.warnings);
  Append(all.warnings, all.alertmanager.warnings);
  for (const std::string& path : {files.prometheus, files.alertmanager}) {
    if (!path.empty()) WarnOfFurtherDocuments(path, all.warnings);
  }
  for (const std::string& path : all.prometheus.rule_files) WarnOfFurtherDocuments(path, all.warnings);
  for (const std::string& path : own_files) WarnOfFurtherDocuments(path, all.warnings);
  return all;
}

}  // namespace tocsin::app
