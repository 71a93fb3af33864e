// prometheus.yml: what a user of Prometheus 3.5 wrote, as the options of our rooms.
//
// Every fault of the file is reported, each with its place. A key that Prometheus knows and this version
// can't honour is kUnsupported, never silently ignored.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alerting/collect/scrape/options.h"
#include "alerting/config/alertmanagers.h"
#include "alerting/config/unsupported.h"
#include "alerting/model/labels.h"
#include "base/error.h"
#include "base/time.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

struct PrometheusConfig {
  std::string text;  ///< as written: environment references by name, not by value
  Duration evaluation_interval{60'000};
  Duration rule_query_offset{0};
  model::Labels external_labels;
  std::vector<std::string> rule_files;  ///< what the patterns name now, in their order, each once
  collect::ScrapeOptions scrape;
  AlertingOptions alerting;
  Errors warnings;  ///< unsupported keys, when these only warn
};

/// Parses a file's text; `path` names it in positions, and paths in it are relative to its folder. ${NAME} is
/// expanded in scalars, save in `regex`, `replacement` and `target_label`, where it means a group of the
/// expression.
Checked<PrometheusConfig> ParsePrometheusConfig(std::string_view text, const std::string& path,
                                                const yaml::Environment& environment,
                                                Unsupported unsupported);
Checked<PrometheusConfig> LoadPrometheusConfig(const std::string& path, const yaml::Environment& environment,
                                               Unsupported unsupported);

}  // namespace tocsin::config
