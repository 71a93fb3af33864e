// The parts of a prometheus.yml that say what to scrape. For prometheus.cc and its neighbours alone.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "alerting/collect/scrape/options.h"
#include "base/error.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

/// metric_name_validation_scheme and metric_name_escaping_scheme.
struct NameScheme {
  bool legacy = false;
  std::string escaping;  ///< "": what fits `legacy`
  std::string Escaping() const;
};

/// What `global` says of scraping, which jobs inherit.
struct ScrapeDefaults {
  Duration interval{60'000};
  Duration timeout{10'000};
  collect::ScrapeLimits limits;
  std::vector<collect::ScrapeProtocol> protocols = collect::kDefaultProtocols;
  NameScheme names;
  uint64_t target_limit = 0;
  uint64_t keep_dropped_targets = 0;
};

/// Where the file lies, and where its faults go.
struct ReadContext {
  std::filesystem::path file;
  Errors& errors;
};

/// Of a file or folder in the configuration: relative to the file; "" stays "".
std::string ResolvePath(const ReadContext& context, const std::string& path);

collect::JobOptions ReadScrapeConfig(const yaml::Node& node, const ScrapeDefaults& defaults,
                                     const ReadContext& context);
/// The keys that say how targets are found, of a scrape_config or of an item of `alertmanagers`.
void ReadDiscoveries(yaml::MappingReader& in, collect::JobOptions& job, const ReadContext& context);
std::vector<collect::RelabelRule> ReadRelabelRules(const yaml::Node& node, const ReadContext& context);
/// static_configs and the *_sd_configs.
void ReadDiscoveries(yaml::MappingReader& in, collect::JobOptions& job, const ReadContext& context);
/// scrape_protocols and the schemes of names; what is absent keeps its value.
void ReadProtocols(yaml::MappingReader& in, std::vector<collect::ScrapeProtocol>& protocols,
                   const ReadContext& context);
void ReadNames(yaml::MappingReader& in, NameScheme& scheme, const ReadContext& context);
/// The keys of an HTTP client, which stand among those of a scrape_config and of some discoveries.
collect::TransportOptions ReadTransport(yaml::MappingReader& in, const ReadContext& context);

/// body_size_limit, sample_limit and the label limits; what is absent keeps its value.
void ReadLimits(yaml::MappingReader& in, collect::ScrapeLimits& limits);
/// "10MB", "1.5KiB": powers of 1024 whichever is written, as Prometheus counts them.
Status ReadBytes(const yaml::Node& node, uint64_t& out);
/// A key whose one value `ours` says what this version does anyway; others are kUnsupported.
void ExpectValue(yaml::MappingReader& in, std::string_view key, std::string_view ours,
                 const ReadContext& context);

}  // namespace tocsin::config
