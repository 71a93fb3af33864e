// Everything that files say, read and checked as one: what a start and a reload build from.
#pragma once

#include <string>
#include <vector>

#include "alerting/config/alertmanager.h"
#include "alerting/config/prometheus.h"
#include "alerting/model/query_engine.h"
#include "alerting/rules/rule_file.h"
#include "alerting/rules/shard.h"
#include "base/clock.h"
#include "base/error.h"

namespace tocsin::app {

struct ConfigurationFiles {
  std::string prometheus;                ///< "": scrape and evaluate nothing
  std::string alertmanager;              ///< "": send nothing
  std::vector<std::string> rules;        ///< globs, beside what the first file names
  Duration evaluation_interval{60'000};  ///< of groups without one, where no first file tells it
  rules::Shard shard;                    ///< of the rule groups
  bool ignore_unknown_rule_keys = false;
  config::Unsupported unsupported = config::Unsupported::kError;
};

struct Configuration {
  config::PrometheusConfig prometheus;
  config::AlertmanagerConfig alertmanager;
  rules::GroupSpecs groups;
  Errors warnings;
};

/// Reads all of the files; every fault of every file is reported. `engine` prepares the rules' expressions
/// and must outlive the result. `external_url` is what templates and links see.
Checked<Configuration> LoadConfiguration(const ConfigurationFiles& files, const model::QueryEngine& engine,
                                         const Clock& clock, const std::string& external_url);

}  // namespace tocsin::app
