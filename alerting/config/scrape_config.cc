#include "alerting/config/scrape_config.h"

#include <charconv>

#include <fmt/format.h>

#include "alerting/collect/scrape/target.h"
#include "base/files.h"

namespace tocsin::config {
namespace {

/// Ways to find targets that Prometheus 3.5 has and this version lacks.
constexpr const char* kOtherDiscoveries[] = {
    "azure_sd_configs",      "consul_sd_configs",      "digitalocean_sd_configs", "dns_sd_configs",
    "docker_sd_configs",     "dockerswarm_sd_configs", "ec2_sd_configs",          "eureka_sd_configs",
    "gce_sd_configs",        "hetzner_sd_configs",     "http_sd_configs",         "ionos_sd_configs",
    "kubernetes_sd_configs", "kuma_sd_configs",        "lightsail_sd_configs",    "linode_sd_configs",
    "marathon_sd_configs",   "nerve_sd_configs",       "nomad_sd_configs",        "openstack_sd_configs",
    "ovhcloud_sd_configs",   "puppetdb_sd_configs",    "scaleway_sd_configs",     "serverset_sd_configs",
    "triton_sd_configs",     "uyuni_sd_configs",       "vultr_sd_configs"};

void Refuse(const ReadContext& context, const yaml::Node& at, std::string message) {
  context.errors.emplace_back(ErrorCode::kInvalidArgument, std::move(message), at.position);
}

/// The items of a sequence under `key`, none when it is absent or null; `what` is for the message.
const std::vector<yaml::Node>& Items(yaml::MappingReader& in, std::string_view key,
                                     const ReadContext& context) {
  static const std::vector<yaml::Node> kNone;
  const yaml::Node* node = in.Take(key);
  if (node == nullptr || node->kind == yaml::Kind::kNull) return kNone;
  if (node->kind != yaml::Kind::kSequence)
    Refuse(context, *node, fmt::format("expected a sequence under \"{}\"", key));
  return node->items;
}

collect::TargetGroup ReadStaticGroup(const yaml::Node& node, const ReadContext& context) {
  collect::TargetGroup group;
  group.source = "static";
  if (node.kind == yaml::Kind::kNull) {
    Refuse(context, node, "empty or null section in static_configs");
    return group;
  }
  std::vector<std::string> addresses;
  std::map<std::string, std::string> labels;
  yaml::MappingReader in(node, context.errors);
  in.Optional("targets", addresses);
  in.Optional("labels", labels);
  in.Finish();
  for (size_t i = 0; i < addresses.size(); ++i) {
    const yaml::Node& at = node.Find("targets")->items[i];
    if (addresses[i].empty()) Refuse(context, at, "no address");
    if (Status status = collect::CheckAddress(addresses[i]); !status) {
      context.errors.push_back(status.error().At(at.position));
    }
    group.targets.push_back({{"__address__", addresses[i]}});
  }
  std::vector<model::Label> all;
  for (auto& [name, value] : labels) {
    if (!model::IsUtf8Name(name)) {
      Refuse(context, *node.Find("labels"), fmt::format("{} is not a valid label name", model::Quote(name)));
    }
    all.push_back({name, value});
  }
  group.labels = model::Labels(std::move(all));
  return group;
}

/// One star, in the last part of the path alone, and an ending that says YAML or JSON.
bool IsTargetFilePattern(std::string_view pattern) {
  const size_t dot = pattern.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view ending = pattern.substr(dot + 1);
  bool known = false;
  for (std::string_view choice : {"json", "yml", "yaml", "JSON", "YML", "YAML"})
    known = known || ending == choice;
  const size_t star = pattern.find('*');
  return known && (star == std::string_view::npos || (pattern.find('/', star) == std::string_view::npos &&
                                                      pattern.find('*', star + 1) == std::string_view::npos));
}

collect::FileDiscoveryOptions ReadFileDiscovery(const yaml::Node& node, const ReadContext& context) {
  collect::FileDiscoveryOptions options;
  std::vector<std::string> files;
  yaml::MappingReader in(node, context.errors);
  in.Optional("files", files);
  in.Optional("refresh_interval", options.refresh_interval);
  in.Finish();
  if (files.empty()) in.Fail(node, "file service discovery config must contain at least one path name");
  for (size_t i = 0; i < files.size(); ++i) {
    if (!IsTargetFilePattern(files[i])) {
      in.Fail(node.Find("files")->items[i],
              fmt::format("path name {} is not valid for file discovery", model::Quote(files[i])));
    }
    options.files.push_back(ResolvePath(context, files[i]));
  }
  return options;
}

void ReadParams(const yaml::Node& node, collect::JobOptions& job, const ReadContext& context) {
  if (node.kind == yaml::Kind::kNull) return;
  if (node.kind != yaml::Kind::kMapping)
    Refuse(context, node, "expected a mapping of lists under \"params\"");
  for (const yaml::Node::Entry& entry : node.entries) {
    std::vector<std::string>& values = job.params[entry.key];
    if (entry.value.kind == yaml::Kind::kNull) continue;
    if (Status status = yaml::Read(entry.value, values); !status) context.errors.push_back(status.error());
  }
}

void ReadFallback(yaml::MappingReader& in, collect::JobOptions& job, const ReadContext& context) {
  std::string protocol;
  if (!in.Optional("fallback_scrape_protocol", protocol)) return;
  if (protocol == "PrometheusText0.0.4" || protocol == "PrometheusText1.0.0") {
    job.fallback_format = collect::BodyFormat::kText;
  } else if (protocol == "OpenMetricsText0.0.1" || protocol == "OpenMetricsText1.0.0") {
    job.fallback_format = collect::BodyFormat::kOpenMetrics;
  } else if (protocol == "PrometheusProto") {
    ExpectValue(in, "fallback_scrape_protocol", "PrometheusText0.0.4", context);
  } else {
    Refuse(context, *in.node().Find("fallback_scrape_protocol"),
           fmt::format("unknown scrape protocol {}", model::Quote(protocol)));
  }
}

void ReadSchedule(yaml::MappingReader& in, const ScrapeDefaults& defaults, collect::JobOptions& job) {
  Duration interval{0};
  Duration timeout{0};
  in.Optional("scrape_interval", interval);
  in.Optional("scrape_timeout", timeout);
  job.scrape_interval = interval > Duration(0) ? interval : defaults.interval;
  job.scrape_timeout = timeout > Duration(0) ? timeout : std::min(defaults.timeout, job.scrape_interval);
  if (job.scrape_timeout > job.scrape_interval) {
    in.Fail(*in.node().Find("scrape_timeout"),
            fmt::format("scrape timeout greater than scrape interval for scrape config with job name {}",
                        model::Quote(job.job_name)));
  }
}

void ReadDiscoveries(yaml::MappingReader& in, collect::JobOptions& job, const ReadContext& context) {
  for (const yaml::Node& node : Items(in, "static_configs", context)) {
    job.static_groups.push_back(ReadStaticGroup(node, context));
  }
  for (const yaml::Node& node : Items(in, "file_sd_configs", context)) {
    job.file_discovery.push_back(ReadFileDiscovery(node, context));
  }
  for (const char* key : kOtherDiscoveries) in.Unsupported(key);
}

}  // namespace

std::string ResolvePath(const ReadContext& context, const std::string& path) {
  return path.empty() ? path : RelativeTo(context.file, path).string();
}

void ExpectValue(yaml::MappingReader& in, std::string_view key, std::string_view ours,
                 const ReadContext& context) {
  const yaml::Node* node = in.Take(key);
  if (node == nullptr || node->kind == yaml::Kind::kNull) return;
  const bool same =
      node->kind == yaml::Kind::kBool ? (node->bool_value ? "true" : "false") == ours : node->text == ours;
  if (same) return;
  context.errors.emplace_back(ErrorCode::kUnsupported,
                              fmt::format("\"{}\" is not supported but as {}", key, ours), node->position);
}

Status ReadBytes(const yaml::Node& node, uint64_t& out) {
  const std::string_view text = node.text;
  double count = 0;
  auto [stopped, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(stopped, static_cast<size_t>(text.data() + text.size() - stopped));
  static constexpr std::string_view kUnits[] = {"B", "K", "M", "G", "T", "P"};
  double scale = unit.empty() && count == 0 ? 1 : 0;
  double power = 1;
  for (std::string_view letter : kUnits) {
    const std::string prefix(letter == "B" ? "" : letter);
    if (unit == prefix + "B" || (!prefix.empty() && unit == prefix + "iB")) scale = power;
    power *= 1024;
  }
  constexpr double kMost = 9.0e18;
  if (fault != std::errc{} || scale == 0 || count < 0 || count * scale > kMost) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("expected a size as \"10MB\", found {}", model::Quote(text)), node.position);
  }
  out = static_cast<uint64_t>(count * scale);
  return {};
}

void ReadLimits(yaml::MappingReader& in, collect::ScrapeLimits& limits) {
  const yaml::Node* body = in.Take("body_size_limit");
  if (body != nullptr && body->kind != yaml::Kind::kNull) in.Check(ReadBytes(*body, limits.body_size));
  in.Optional("sample_limit", limits.samples);
  in.Optional("label_limit", limits.labels);
  in.Optional("label_name_length_limit", limits.label_name_length);
  in.Optional("label_value_length_limit", limits.label_value_length);
}

collect::JobOptions ReadScrapeConfig(const yaml::Node& node, const ScrapeDefaults& defaults,
                                     const ReadContext& context) {
  collect::JobOptions job;
  yaml::MappingReader in(node, context.errors);
  in.Required("job_name", job.job_name);
  if (const yaml::Node* name = node.Find("job_name");
      name != nullptr && name->quoted && job.job_name.empty()) {
    in.Fail(*name, "job_name is empty");
  }
  ReadSchedule(in, defaults, job);
  in.Optional("metrics_path", job.metrics_path);
  in.Optional("honor_labels", job.honor_labels);
  in.Optional("honor_timestamps", job.honor_timestamps);
  in.Optional("track_timestamps_staleness", job.track_timestamps_staleness);
  if (in.Optional("scheme", job.scheme) && job.scheme != "http" && job.scheme != "https") {
    context.errors.emplace_back(ErrorCode::kUnsupported, "\"scheme\" is not supported but as http or https",
                                node.Find("scheme")->position);
  }
  if (const yaml::Node* params = in.Take("params")) ReadParams(*params, job, context);
  ReadFallback(in, job, context);
  job.limits = defaults.limits;
  ReadLimits(in, job.limits);
  job.transport = ReadTransport(in, context);
  if (const yaml::Node* rules = in.Take("relabel_configs"))
    job.relabel_rules = ReadRelabelRules(*rules, context);
  if (const yaml::Node* rules = in.Take("metric_relabel_configs")) {
    job.metric_relabel_rules = ReadRelabelRules(*rules, context);
  }
  ReadDiscoveries(in, job, context);
  ExpectValue(in, "metric_name_validation_scheme", "utf8", context);
  ExpectValue(in, "metric_name_escaping_scheme", "allow-utf-8", context);
  ExpectValue(in, "always_scrape_classic_histograms", "false", context);
  ExpectValue(in, "convert_classic_histograms_to_nhcb", "false", context);
  for (const char* key :
       {"scrape_protocols", "scrape_failure_log_file", "target_limit", "keep_dropped_targets",
        "native_histogram_bucket_limit", "native_histogram_min_bucket_factor"}) {
    in.Unsupported(key);
  }
  in.Finish();
  return job;
}

}  // namespace tocsin::config
