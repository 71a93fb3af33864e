#include "alerting/config/scrape_config.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/files.h"

namespace tocsin::config {
namespace {

void Refuse(const ReadContext& context, const yaml::Node& at, std::string message) {
  context.errors.emplace_back(ErrorCode::kInvalidArgument, std::move(message), at.position);
}

std::optional<collect::ScrapeProtocol> ReadProtocol(const yaml::Node& at, const std::string& name,
                                                    const ReadContext& context) {
  const std::optional<collect::ScrapeProtocol> protocol = collect::ParseScrapeProtocol(name);
  if (!protocol && name == "PrometheusProto") {
    context.errors.emplace_back(ErrorCode::kUnsupported,
                                "the scrape protocol PrometheusProto is not supported", at.position);
  } else if (!protocol) {
    Refuse(context, at, fmt::format("unknown scrape protocol {}", model::Quote(name)));
  }
  return protocol;
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
  std::string name;
  if (!in.Optional("fallback_scrape_protocol", name) || name.empty()) return;
  const yaml::Node& at = *in.node().Find("fallback_scrape_protocol");
  const std::optional<collect::ScrapeProtocol> protocol = ReadProtocol(at, name, context);
  if (!protocol) return;
  const bool text =
      *protocol == collect::ScrapeProtocol::kText004 || *protocol == collect::ScrapeProtocol::kText100;
  job.fallback_format = text ? collect::BodyFormat::kText : collect::BodyFormat::kOpenMetrics;
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

void ReadProtocols(yaml::MappingReader& in, std::vector<collect::ScrapeProtocol>& protocols,
                   const ReadContext& context) {
  std::vector<std::string> names;
  if (!in.Optional("scrape_protocols", names) || names.empty()) return;
  protocols.clear();
  const std::vector<yaml::Node>& items = in.node().Find("scrape_protocols")->items;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::optional<collect::ScrapeProtocol> protocol = ReadProtocol(items[i], names[i], context);
    if (!protocol) continue;
    if (std::find(protocols.begin(), protocols.end(), *protocol) != protocols.end()) {
      Refuse(context, items[i], fmt::format("duplicated protocol in scrape_protocols, got {}", names[i]));
    }
    protocols.push_back(*protocol);
  }
}

void ReadNames(yaml::MappingReader& in, NameScheme& scheme, const ReadContext& context) {
  std::string validation;
  in.Optional("metric_name_validation_scheme", validation);
  if (validation == "legacy" || validation == "utf8") {
    scheme.legacy = validation == "legacy";
  } else if (!validation.empty()) {
    Refuse(
        context, *in.node().Find("metric_name_validation_scheme"),
        fmt::format(
            "unknown global name validation method specified, must be either '', 'legacy' or 'utf8', got {}",
            validation));
  }
  std::string escaping;
  in.Optional("metric_name_escaping_scheme", escaping);
  if (!escaping.empty()) scheme.escaping = escaping;
  const std::string& chosen = scheme.escaping;
  const yaml::Node* at = in.node().Find("metric_name_escaping_scheme");
  if (at == nullptr) at = &in.node();
  if (!escaping.empty() && chosen != "allow-utf-8" && chosen != "underscores" && chosen != "dots" &&
      chosen != "values") {
    Refuse(context, *at, fmt::format("unknown name escaping method {}", model::Quote(chosen)));
  } else if (scheme.legacy && chosen == "allow-utf-8") {
    Refuse(context, *at, "utf8 metric names requested but validation scheme is not set to UTF8");
  }
}

std::string NameScheme::Escaping() const {
  if (!escaping.empty()) return escaping;
  return legacy ? "underscores" : "allow-utf-8";
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
  job.protocols = defaults.protocols;
  ReadProtocols(in, job.protocols, context);
  NameScheme names = defaults.names;
  names.escaping = names.Escaping();  // the job inherits what the global section came to
  ReadNames(in, names, context);
  job.legacy_names = names.legacy;
  job.name_escaping = names.Escaping();
  in.Optional("enable_compression", job.enable_compression);
  job.target_limit = defaults.target_limit;
  job.keep_dropped_targets = defaults.keep_dropped_targets;
  in.Optional("target_limit", job.target_limit);
  in.Optional("keep_dropped_targets", job.keep_dropped_targets);
  job.limits = defaults.limits;
  ReadLimits(in, job.limits);
  job.transport = ReadTransport(in, context);
  if (const yaml::Node* rules = in.Take("relabel_configs"))
    job.relabel_rules = ReadRelabelRules(*rules, context);
  if (const yaml::Node* rules = in.Take("metric_relabel_configs")) {
    job.metric_relabel_rules = ReadRelabelRules(*rules, context);
  }
  ReadDiscoveries(in, job, context);
  in.Take("always_scrape_classic_histograms");  // they always are
  ExpectValue(in, "convert_classic_histograms_to_nhcb", "false", context);
  for (const char* key :
       {"scrape_failure_log_file", "native_histogram_bucket_limit", "native_histogram_min_bucket_factor"}) {
    in.Unsupported(key);
  }
  in.Finish();
  return job;
}

}  // namespace tocsin::config
