// What to scrape and how: the scrape_configs of a prometheus.yml as plain data, with Prometheus' defaults.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerting/collect/discovery/discoverer.h"
#include "alerting/collect/discovery/dns_discoverer.h"
#include "alerting/collect/discovery/docker_discoverer.h"
#include "alerting/collect/discovery/file_discoverer.h"
#include "alerting/collect/discovery/http_discoverer.h"
#include "alerting/collect/exposition/parser.h"
#include "alerting/collect/scrape/protocol.h"
#include "alerting/collect/scrape/relabel.h"
#include "alerting/collect/transport.h"
#include "base/time.h"

namespace tocsin::collect {

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
  std::vector<ScrapeProtocol> protocols = kDefaultProtocols;
  std::optional<BodyFormat> fallback_format;
  std::string name_escaping = "allow-utf-8";  ///< metric_name_escaping_scheme
  bool legacy_names = false;                  ///< a name that is not classic fails the scrape
  bool enable_compression = true;
  ScrapeLimits limits;
  uint64_t target_limit = 0;  ///< with more targets no scrape of the job succeeds
  uint64_t keep_dropped_targets = 0;
  std::vector<RelabelRule> relabel_rules;
  std::vector<RelabelRule> metric_relabel_rules;
  TransportOptions transport;
  std::vector<TargetGroup> static_groups;
  std::vector<FileDiscoveryOptions> file_discovery;
  std::vector<HttpDiscoveryOptions> http_discovery;
  std::vector<DnsDiscoveryOptions> dns_discovery;
  std::vector<DockerDiscoveryOptions> docker_discovery;

  friend bool operator==(const JobOptions&, const JobOptions&) = default;
};

struct ScrapeOptions {
  std::vector<JobOptions> jobs;  ///< with names of their own
};

}  // namespace tocsin::collect
