#include "alerting/config/prometheus.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "alerting/config/scrape_config.h"
#include "base/files.h"
#include "base/yaml/go_yaml.h"

namespace tocsin::config {
namespace {

void ReadGlobal(const yaml::Node& node, PrometheusConfig& config, ScrapeDefaults& defaults,
                const ReadContext& context) {
  yaml::MappingReader in(node, context.errors);
  std::optional<Duration> timeout;
  Duration interval{0};
  Duration evaluation{0};
  std::map<std::string, std::string> labels;
  in.Optional("scrape_interval", interval);
  in.Optional("scrape_timeout", timeout);
  in.Optional("evaluation_interval", evaluation);
  in.Optional("rule_query_offset", config.rule_query_offset);
  in.Optional("external_labels", labels);
  ReadLimits(in, defaults.limits);
  if (const yaml::Node* protocols = node.Find("scrape_protocols");
      protocols != nullptr && protocols->kind == yaml::Kind::kSequence && protocols->items.empty()) {
    in.Fail(*protocols, "scrape_protocols cannot be empty for global config");
  }
  ReadProtocols(in, defaults.protocols, context);
  ReadNames(in, defaults.names, context);
  in.Optional("target_limit", defaults.target_limit);
  in.Optional("keep_dropped_targets", defaults.keep_dropped_targets);
  in.Take("always_scrape_classic_histograms");  // they always are
  ExpectValue(in, "convert_classic_histograms_to_nhcb", "false", context);
  for (const char* key : {"query_log_file", "scrape_failure_log_file"}) in.Unsupported(key);
  in.Finish();

  if (interval > Duration(0)) defaults.interval = interval;  // 0 asks for the default, as in Prometheus
  if (evaluation > Duration(0)) config.evaluation_interval = evaluation;
  if (timeout.value_or(Duration(0)) > defaults.interval) {
    in.Fail(*node.Find("scrape_timeout"), "global scrape timeout greater than scrape interval");
  }
  const Duration wanted = timeout.value_or(Duration(0));
  defaults.timeout = wanted > Duration(0) ? wanted : std::min(defaults.timeout, defaults.interval);

  std::vector<model::Label> external;
  for (auto& [name, value] : labels) {
    if (!model::IsUtf8Name(name)) {
      in.Fail(*node.Find("external_labels"), fmt::format("{} is not a valid label name", model::Quote(name)));
    }
    external.push_back({name, value});
  }
  config.external_labels = model::Labels(external);
}

/// A star may stand in the last part of a path alone.
bool IsRulePattern(std::string_view pattern) {
  const size_t star = pattern.find('*');
  return star == std::string_view::npos || pattern.find('/', star) == std::string_view::npos;
}

void AddRuleFiles(const yaml::Node& node, PrometheusConfig& config, const ReadContext& context) {
  if (node.kind == yaml::Kind::kNull) return;
  std::vector<std::string> patterns;
  if (Status status = yaml::Read(node, patterns); !status) {
    context.errors.push_back(status.error());
    return;
  }
  auto refuse = [&](const yaml::Node& at, std::string message) {
    context.errors.emplace_back(ErrorCode::kInvalidArgument, std::move(message), at.position);
  };
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (!IsRulePattern(patterns[i])) {
      refuse(node.items[i], fmt::format("invalid rule file path {}", model::Quote(patterns[i])));
      continue;
    }
    const Result<std::vector<std::filesystem::path>> found = Glob(ResolvePath(context, patterns[i]));
    const bool wild = patterns[i].find_first_of("*?[") != std::string::npos;
    if (!wild && (!found || found->empty())) {
      refuse(node.items[i], fmt::format("{} does not point to an existing file", model::Quote(patterns[i])));
    }
    if (!found) continue;
    for (const std::filesystem::path& path : *found) {
      if (std::find(config.rule_files.begin(), config.rule_files.end(), path.string()) ==
          config.rule_files.end()) {
        config.rule_files.push_back(path.string());
      }
    }
  }
}

void ReadJobs(const yaml::Node& node, const ScrapeDefaults& defaults, PrometheusConfig& config,
              const ReadContext& context) {
  if (node.kind == yaml::Kind::kNull) return;
  auto refuse = [&](const yaml::Node& at, std::string message) {
    context.errors.emplace_back(ErrorCode::kInvalidArgument, std::move(message), at.position);
  };
  if (node.kind != yaml::Kind::kSequence) {
    refuse(node, "expected a sequence of scrape configs");
    return;
  }
  std::set<std::string> names;
  for (const yaml::Node& item : node.items) {
    if (item.kind == yaml::Kind::kNull) {
      refuse(item, "empty or null scrape config section");
      continue;
    }
    collect::JobOptions job = ReadScrapeConfig(item, defaults, context);
    if (!job.job_name.empty() && !names.insert(job.job_name).second) {
      refuse(*item.Find("job_name"),
             fmt::format("found multiple scrape configs with job name {}", model::Quote(job.job_name)));
    }
    config.scrape.jobs.push_back(std::move(job));
  }
}

void ReadDocument(const yaml::Node& root, PrometheusConfig& config, const ReadContext& context) {
  static const yaml::Node kNothing;
  yaml::MappingReader in(root, context.errors);
  ScrapeDefaults defaults;
  const yaml::Node* global = in.Take("global");
  ReadGlobal(global == nullptr ? kNothing : *global, config, defaults, context);
  if (const yaml::Node* files = in.Take("rule_files")) AddRuleFiles(*files, config, context);
  if (const yaml::Node* jobs = in.Take("scrape_configs")) ReadJobs(*jobs, defaults, config, context);
  if (const yaml::Node* alerting = in.Take("alerting")) config.alerting = ReadAlerting(*alerting, context);
  for (const char* key :
       {"scrape_config_files", "remote_write", "remote_read", "storage", "tracing", "otlp", "runtime"}) {
    in.Unsupported(key);
  }
  in.Finish();
}

void SortByPosition(Errors& errors) {
  std::stable_sort(errors.begin(), errors.end(), [](const Error& a, const Error& b) {
    return std::tie(a.position().line, a.position().column) <
           std::tie(b.position().line, b.position().column);
  });
}

}  // namespace

Checked<PrometheusConfig> ParsePrometheusConfig(std::string_view text, const std::string& path,
                                                const yaml::Environment& environment,
                                                Unsupported unsupported) {
  Result<yaml::Node> root = yaml::ParseFirst(text, path);
  if (!root) return tl::unexpected(Errors{root.error()});
  Errors errors;
  yaml::ExpandEnvironment(*root, environment, {"regex", "replacement", "target_label"}, errors);

  PrometheusConfig config;
  config.text = text;
  ReadDocument(*root, config, {path, errors});
  SortByPosition(errors);
  if (unsupported == Unsupported::kWarn) {
    const auto warnings = std::stable_partition(errors.begin(), errors.end(), [](const Error& error) {
      return error.code() != ErrorCode::kUnsupported;
    });
    config.warnings.assign(warnings, errors.end());
    errors.erase(warnings, errors.end());
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return config;
}

Checked<PrometheusConfig> LoadPrometheusConfig(const std::string& path, const yaml::Environment& environment,
                                               Unsupported unsupported) {
  Result<std::string> text = ReadFile(path);
  if (!text) return tl::unexpected(Errors{text.error().At(Position{path, 0, 0})});
  return ParsePrometheusConfig(*text, path, environment, unsupported);
}

}  // namespace tocsin::config
