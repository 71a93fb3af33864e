// static_configs, file_sd_configs, http_sd_configs, dns_sd_configs, docker_sd_configs.
#include <fmt/format.h>

#include "alerting/collect/scrape/target.h"
#include "alerting/config/scrape_config.h"

namespace tocsin::config {
namespace {

/// Ways to find targets that Prometheus 3.5 has and this version lacks.
constexpr const char* kOtherDiscoveries[] = {
    "azure_sd_configs",     "consul_sd_configs",     "digitalocean_sd_configs", "dockerswarm_sd_configs",
    "ec2_sd_configs",       "eureka_sd_configs",     "gce_sd_configs",          "hetzner_sd_configs",
    "ionos_sd_configs",     "kubernetes_sd_configs", "kuma_sd_configs",         "lightsail_sd_configs",
    "linode_sd_configs",    "marathon_sd_configs",   "nerve_sd_configs",        "nomad_sd_configs",
    "openstack_sd_configs", "ovhcloud_sd_configs",   "puppetdb_sd_configs",     "scaleway_sd_configs",
    "serverset_sd_configs", "stackit_sd_configs",    "triton_sd_configs",       "uyuni_sd_configs",
    "vultr_sd_configs"};

/// The items of a sequence under `key`, none when it is absent or null.
const std::vector<yaml::Node>& Sections(yaml::MappingReader& in, std::string_view key) {
  static const std::vector<yaml::Node> kNone;
  const yaml::Node* node = in.Take(key);
  if (node == nullptr || node->kind == yaml::Kind::kNull) return kNone;
  if (node->kind != yaml::Kind::kSequence)
    in.Fail(*node, fmt::format("expected a sequence under \"{}\"", key));
  return node->items;
}

collect::TargetGroup ReadStaticGroup(const yaml::Node& node, const ReadContext& context) {
  collect::TargetGroup group;
  group.source = "static";
  std::vector<std::string> addresses;
  std::map<std::string, std::string> labels;
  yaml::MappingReader in(node, context.errors);
  if (node.kind == yaml::Kind::kNull) {
    in.Fail(node, "empty or null section in static_configs");
    return group;
  }
  in.Optional("targets", addresses);
  in.Optional("labels", labels);
  in.Finish();
  for (size_t i = 0; i < addresses.size(); ++i) {
    const yaml::Node& at = node.Find("targets")->items[i];
    if (addresses[i].empty()) in.Fail(at, "no address");
    if (Status status = collect::CheckAddress(addresses[i]); !status) {
      context.errors.push_back(status.error().At(at.position));
    }
    group.targets.push_back({{"__address__", addresses[i]}});
  }
  std::vector<model::Label> all;
  for (auto& [name, value] : labels) {
    if (!model::IsUtf8Name(name)) {
      in.Fail(*node.Find("labels"), fmt::format("{} is not a valid label name", model::Quote(name)));
    }
    all.push_back({name, value});
  }
  group.labels = model::Labels(all);
  return group;
}

/// Stars in the last part of the path alone, and an ending that says YAML or JSON.
bool IsTargetFilePattern(std::string_view pattern) {
  const size_t dot = pattern.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view ending = pattern.substr(dot + 1);
  bool known = false;
  for (std::string_view choice : {"json", "yml", "yaml", "JSON", "YML", "YAML"})
    known = known || ending == choice;
  const size_t star = pattern.find('*');
  return known && (star == std::string_view::npos || pattern.find('/', star) == std::string_view::npos);
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

/// What comes before "://"; "" without it. `rest` gets what comes behind.
std::string_view SchemeOf(std::string_view url, std::string_view& rest) {
  const size_t mark = url.find("://");
  rest = mark == std::string_view::npos ? url : url.substr(mark + 3);
  return mark == std::string_view::npos ? std::string_view() : url.substr(0, mark);
}

collect::HttpDiscoveryOptions ReadHttpDiscovery(const yaml::Node& node, const ReadContext& context) {
  collect::HttpDiscoveryOptions options;
  yaml::MappingReader in(node, context.errors);
  in.Optional("url", options.url);
  in.Optional("refresh_interval", options.refresh_interval);
  options.transport = ReadTransport(in, context);
  in.Finish();
  std::string_view rest;
  const std::string_view scheme = SchemeOf(options.url, rest);
  const yaml::Node* url = node.Find("url");
  if (options.url.empty()) {
    in.Fail(node, "URL is missing");
  } else if (scheme != "http" && scheme != "https") {
    in.Fail(*url, "URL scheme must be 'http' or 'https'");
  } else if (rest.empty() || rest.front() == '/' || rest.front() == '?' || rest.front() == ':') {
    in.Fail(*url, "host is missing in URL");
  }
  return options;
}

void ReadDnsType(yaml::MappingReader& in, collect::DnsDiscoveryOptions& options) {
  static constexpr std::pair<std::string_view, dns::RecordType> kTypes[] = {{"A", dns::RecordType::kA},
                                                                            {"AAAA", dns::RecordType::kAaaa},
                                                                            {"MX", dns::RecordType::kMx},
                                                                            {"NS", dns::RecordType::kNs},
                                                                            {"SRV", dns::RecordType::kSrv}};
  std::string text = "SRV";
  in.Optional("type", text);
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const auto& [name, type] : kTypes) {
    if (name != text) continue;
    options.type = type;
    return;
  }
  in.Fail(*in.node().Find("type"), fmt::format("invalid DNS-SD records type {}", text));
}

/// A port; what does not fit is a fault. True when there is one.
bool ReadPort(yaml::MappingReader& in, uint16_t& out) {
  int64_t port = 0;
  if (!in.Optional("port", port)) return false;
  if (port < 0 || port > 65535) in.Fail(*in.node().Find("port"), fmt::format("{} is no port", port));
  out = static_cast<uint16_t>(port);
  return port != 0;
}

collect::DnsDiscoveryOptions ReadDnsDiscovery(const yaml::Node& node, const ReadContext& context) {
  collect::DnsDiscoveryOptions options;
  yaml::MappingReader in(node, context.errors);
  in.Optional("names", options.names);
  in.Optional("refresh_interval", options.refresh_interval);
  ReadDnsType(in, options);
  const bool has_port = ReadPort(in, options.port);
  in.Finish();
  if (options.names.empty()) in.Fail(node, "DNS-SD config must contain at least one SRV record name");
  if (!has_port && options.type != dns::RecordType::kSrv) {
    in.Fail(node, "a port is required in DNS-SD configs for all record types except SRV");
  }
  return options;
}

void ReadDockerFilters(yaml::MappingReader& in, collect::DockerDiscoveryOptions& options,
                       const ReadContext& context) {
  for (const yaml::Node& item : Sections(in, "filters")) {
    std::string name;
    std::vector<std::string> values;
    yaml::MappingReader filter(item, context.errors);
    filter.Optional("name", name);
    filter.Optional("values", values);
    filter.Finish();
    std::vector<std::string>& all = options.filters[name];
    all.insert(all.end(), values.begin(), values.end());
  }
}

collect::DockerDiscoveryOptions ReadDockerDiscovery(const yaml::Node& node, const ReadContext& context) {
  collect::DockerDiscoveryOptions options;
  yaml::MappingReader in(node, context.errors);
  in.Optional("host", options.host);
  in.Optional("refresh_interval", options.refresh_interval);
  ReadPort(in, options.port);
  in.Optional("host_networking_host", options.host_networking_host);
  in.Optional("match_first_network", options.match_first_network);
  ReadDockerFilters(in, options, context);
  options.transport = ReadTransport(in, context);
  in.Finish();
  std::string_view rest;
  const std::string_view scheme = SchemeOf(options.host, rest);
  if (options.host.empty()) {
    in.Fail(node, "host missing");
  } else if ((scheme != "unix" && scheme != "tcp" && scheme != "http" && scheme != "https") || rest.empty()) {
    context.errors.emplace_back(
        ErrorCode::kUnsupported,
        "\"host\" is not supported but as unix:///path, tcp://host:port, http://… or https://…",
        node.Find("host")->position);
  }
  return options;
}

}  // namespace

void ReadDiscoveries(yaml::MappingReader& in, collect::JobOptions& job, const ReadContext& context) {
  for (const yaml::Node& node : Sections(in, "static_configs")) {
    job.static_groups.push_back(ReadStaticGroup(node, context));
  }
  for (const yaml::Node& node : Sections(in, "file_sd_configs")) {
    job.file_discovery.push_back(ReadFileDiscovery(node, context));
  }
  for (const yaml::Node& node : Sections(in, "http_sd_configs")) {
    job.http_discovery.push_back(ReadHttpDiscovery(node, context));
  }
  for (const yaml::Node& node : Sections(in, "dns_sd_configs")) {
    job.dns_discovery.push_back(ReadDnsDiscovery(node, context));
  }
  for (const yaml::Node& node : Sections(in, "docker_sd_configs")) {
    job.docker_discovery.push_back(ReadDockerDiscovery(node, context));
  }
  for (const char* key : kOtherDiscoveries) in.Unsupported(key);
}

}  // namespace tocsin::config
