// What to scrape and how: the scrape_configs of a prometheus.yml as plain data, with Prometheus' defaults.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerting/collect/discovery/discoverer.h"
#include "alerting/collect/discovery/file_discoverer.h"
#include "alerting/collect/exposition/parser.h"
#include "alerting/collect/scrape/relabel.h"
#include "base/secret.h"
#include "base/time.h"

namespace tocsin::collect {

/// How to speak to the targets of a job.
struct TransportOptions {
  struct Basic {
    std::string username;
    SecretSource password;
    friend bool operator==(const Basic&, const Basic&) = default;
  };
  struct Authorization {
    std::string type = "Bearer";
    SecretSource credentials;
    friend bool operator==(const Authorization&, const Authorization&) = default;
  };
  struct Tls {
    std::string ca_file;
    std::string cert_file;
    std::string key_file;
    std::string server_name;
    bool insecure_skip_verify = false;
    friend bool operator==(const Tls&, const Tls&) = default;
  };

  std::optional<Basic> basic_auth;
  std::optional<Authorization> authorization;
  Tls tls;
  std::string proxy_url;
  bool follow_redirects = true;
  bool enable_compression = true;

  friend bool operator==(const TransportOptions&, const TransportOptions&) = default;
};

/// 0 means no limit, as in the format.
struct ScrapeLimits {
  uint64_t body_size = 0;  ///< bytes, decompressed
  uint64_t samples = 0;    ///< after relabelling
  uint64_t labels = 0;     ///< of a sample, the target's included
  uint64_t label_name_length = 0;
  uint64_t label_value_length = 0;

  friend bool operator==(const ScrapeLimits&, const ScrapeLimits&) = default;
};

/// One scrape_config.
struct JobOptions {
  std::string job_name;
  Duration scrape_interval{60'000};
  Duration scrape_timeout{10'000};
  std::string metrics_path = "/metrics";
  std::string scheme = "http";
  std::map<std::string, std::vector<std::string>> params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool track_timestamps_staleness = false;
  std::optional<BodyFormat> fallback_format;
  ScrapeLimits limits;
  std::vector<RelabelRule> relabel_rules;
  std::vector<RelabelRule> metric_relabel_rules;
  TransportOptions transport;
  std::vector<TargetGroup> static_groups;
  std::vector<FileDiscoveryOptions> file_discovery;

  friend bool operator==(const JobOptions&, const JobOptions&) = default;
};

struct ScrapeOptions {
  std::vector<JobOptions> jobs;  ///< with names of their own
};

}  // namespace tocsin::collect
