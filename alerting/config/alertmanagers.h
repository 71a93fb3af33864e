// The `alerting` block of a prometheus.yml: which Alertmanagers get the alerts, and what is done to their
// labels.
#pragma once

#include <string>
#include <vector>

#include "alerting/collect/scrape/options.h"
#include "base/time.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

struct ReadContext;

/// One item of `alertmanagers`: found as scrape targets are.
struct AlertmanagerSet {
  /// Its `scheme`, transport, discoveries and relabel_configs; what only scraping has is unused.
  collect::JobOptions job;
  std::string path_prefix = "/";
  Duration timeout{10'000};
  std::vector<collect::RelabelRule> alert_relabel_rules;  ///< of what goes to this set alone
  friend bool operator==(const AlertmanagerSet&, const AlertmanagerSet&) = default;
};

struct AlertingOptions {
  std::vector<collect::RelabelRule> alert_relabel_rules;
  std::vector<AlertmanagerSet> sets;
  friend bool operator==(const AlertingOptions&, const AlertingOptions&) = default;
};

AlertingOptions ReadAlerting(const yaml::Node& node, const ReadContext& context);

}  // namespace tocsin::config
