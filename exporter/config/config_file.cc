#include "exporter/config/config_file.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/yaml/node.h"
#include "base/yaml/reader.h"

namespace tocsin::exporter {

namespace {

using traffic::LabelRule;

/// Reads into one Options; lives as long as that takes.
class Reading {
 public:
  Reading(Options& options, Errors& errors) : options_(options), errors_(errors) {}

  void Read(const yaml::Node& root) {
    yaml::MappingReader in(root, errors_);
    if (const yaml::Node* fields = in.Take("fields")) ReadFields(*fields);
    if (const yaml::Node* labels = in.Take("labels")) {
      for (const yaml::Node& label : ItemsOf(*labels)) ReadLabel(label);
    }
    if (const yaml::Node* buckets = in.Take("buckets")) ReadAllBuckets(*buckets);
    if (const yaml::Node* limits = in.Take("limits")) ReadLimits(*limits);
    if (const yaml::Node* pools = in.Take("pools")) ReadPools(*pools);
    if (const yaml::Node* evidence = in.Take("evidence")) ReadEvidence(*evidence);
    in.Finish();
  }

 private:
  void Fault(const yaml::Node& at, std::string message) {
    errors_.emplace_back(ErrorCode::kInvalidArgument, std::move(message), at.position);
  }

  const std::vector<yaml::Node>& ItemsOf(const yaml::Node& node) {
    if (node.kind != yaml::Kind::kSequence && node.kind != yaml::Kind::kNull)
      Fault(node, "expected a sequence");
    return node.items;
  }

  void ReadFields(const yaml::Node& node) {
    if (node.kind != yaml::Kind::kMapping && node.kind != yaml::Kind::kNull)
      Fault(node, "expected a mapping of names in the log to fields");
    for (const yaml::Node::Entry& entry : node.entries) {
      parse::Alias alias{entry.key, {}};
      if (const Status read = yaml::Read(entry.value, alias.means); !read) {
        errors_.push_back(read.error());
        continue;
      }
      if (!parse::FieldByName(alias.means)) RequestExtra(entry.value, alias.means);
      options_.parser.aliases.push_back(std::move(alias));
    }
  }

  /// The index of a variable that the parsers shall deliver beside the fields.
  size_t RequestExtra(const yaml::Node& at, const std::string& name) {
    auto& extras = options_.parser.extras;
    const auto found = std::find(extras.begin(), extras.end(), name);
    if (found != extras.end()) return static_cast<size_t>(found - extras.begin());
    if (extras.size() == parse::kMaxExtras) {
      Fault(at, "no more than " + std::to_string(parse::kMaxExtras) + " variables can be taken from a log");
      return 0;
    }
    extras.push_back(name);
    return extras.size() - 1;
  }

  /// A field under its own name or one that comes out of the request line; for other names of fields
  /// ("http_host" where there may be a "host" as well) the very variable is meant.
  traffic::LabelSource SourceOf(const yaml::Node& at, const std::string& from) {
    const std::optional<parse::Field> field = parse::FieldByName(from);
    const bool derived = field == parse::Field::kUri || field == parse::Field::kMethod;
    if (field && (derived || parse::FieldName(*field) == from)) return {field, 0};
    return {std::nullopt, RequestExtra(at, from)};
  }

  void ReadLabel(const yaml::Node& node) {
    const size_t faults = errors_.size();
    LabelRule::Options label;
    yaml::MappingReader in(node, errors_);
    in.Required("name", label.name);
    std::string from = label.name;
    in.Optional("from", from);
    in.Optional("routes", label.routes);
    if (const yaml::Node* map = in.Take("map")) {
      for (const yaml::Node& item : ItemsOf(*map)) ReadMapping(item, label.map);
    }
    in.Optional("otherwise", label.otherwise);
    in.Finish();
    if (errors_.size() != faults) return;
    label.source = SourceOf(node, from);
    const auto same = [&](const LabelRule& rule) { return rule.name() == label.name; };
    auto& labels = options_.traffic.labels;
    if (std::any_of(labels.begin(), labels.end(), same))
      return Fault(node, "the label \"" + label.name + "\" is there already");
    if (labels.size() == traffic::LabelSets::kMostRules)
      return Fault(node,
                   "no more than " + std::to_string(traffic::LabelSets::kMostRules) + " labels can be added");
    auto rule = LabelRule::Make(std::move(label));
    if (!rule) return errors_.push_back(rule.error().At(node.position));
    labels.push_back(std::move(*rule));
  }

  void ReadMapping(const yaml::Node& node, std::vector<LabelRule::Mapping>& map) {
    LabelRule::Mapping mapping;
    yaml::MappingReader in(node, errors_);
    const bool has_value = in.Optional("value", mapping.value);
    mapping.is_regex = in.Optional("regex", mapping.value);
    in.Required("to", mapping.to);
    in.Finish();
    if (has_value == mapping.is_regex) return Fault(node, "a mapping has a \"value\" or a \"regex\"");
    map.push_back(std::move(mapping));
  }

  void ReadAllBuckets(const yaml::Node& node) {
    yaml::MappingReader in(node, errors_);
    const auto read = [&](std::string_view key) -> std::optional<traffic::DurationBounds> {
      const yaml::Node* list = in.Take(key);
      if (list == nullptr || list->kind == yaml::Kind::kNull) return std::nullopt;
      std::vector<double> seconds(ItemsOf(*list).size());
      for (size_t i = 0; i < seconds.size(); ++i) {
        if (!in.Check(yaml::Read(list->items[i], seconds[i]))) return std::nullopt;
      }
      const Status fits = traffic::DurationBounds::Check(seconds);
      if (!fits) {
        Fault(*list, fits.error().message());
        return std::nullopt;
      }
      return traffic::DurationBounds(std::move(seconds));
    };
    const traffic::DurationBounds usual = options_.traffic.bounds;
    if (auto bounds = read("request_duration")) options_.traffic.bounds = std::move(*bounds);
    options_.traffic.upstream_bounds = read("upstream_response_duration").value_or(usual);
    in.Finish();
  }

  void ReadLimits(const yaml::Node& node) {
    yaml::MappingReader in(node, errors_);
    in.Optional("idle", options_.traffic.idle);
    in.Finish();
  }

  void ReadEvidence(const yaml::Node& node) {
    constexpr uint64_t kMostLines = 1'000'000;
    constexpr uint64_t kMostBytes = uint64_t{1} << 30;
    yaml::MappingReader in(node, errors_);
    in.Optional("slow", options_.evidence.slow);
    const auto size = [&](std::string_view key, size_t& out, uint64_t most) {
      uint64_t value = out;
      if (!in.Optional(key, value)) return;
      if (value == 0 || value > most)
        return in.Fail(*node.Find(key), std::string(key) + " is a number from 1 to " + std::to_string(most));
      out = value;
    };
    size("lines", options_.evidence.lines, kMostLines);
    size("bytes", options_.evidence.bytes, kMostBytes);
    in.Finish();
  }

  void ReadPools(const yaml::Node& node) {
    if (node.kind != yaml::Kind::kMapping && node.kind != yaml::Kind::kNull)
      Fault(node, "expected a mapping of pools to their servers");
    for (const yaml::Node::Entry& entry : node.entries) {
      if (entry.key.empty()) Fault(entry.value, "a pool has a name");
      options_.traffic.pools.push_back(entry.key);
      std::vector<std::string> servers;
      if (entry.value.kind != yaml::Kind::kNull) {
        if (const Status read = yaml::Read(entry.value, servers); !read) errors_.push_back(read.error());
      }
      for (std::string& server : servers) {
        const auto same = [&](const traffic::PoolServer& known) { return known.address == server; };
        if (std::any_of(options_.traffic.servers.begin(), options_.traffic.servers.end(), same))
          Fault(entry.value, "server " + server + " is there already");
        options_.traffic.servers.push_back({entry.key, std::move(server)});
      }
    }
  }

  Options& options_;
  Errors& errors_;
};

}  // namespace

namespace {

/// What evidence shows beside the fields, and what it must know in order not to show it.
Status AskForEvidence(Options& options) {
  auto& extras = options.parser.extras;
  for (const char* name : {"args", "query_string", "request_body", "http_referer", "http_user_agent"}) {
    if (std::find(extras.begin(), extras.end(), name) != extras.end()) continue;
    if (extras.size() == parse::kMaxExtras)
      return Fail(ErrorCode::kInvalidArgument,
                  "--web.enable-evidence needs five variables of the log beside those of exporter.yml, which "
                  "may be " +
                      std::to_string(parse::kMaxExtras) + " in all");
    extras.emplace_back(name);
  }
  options.evidence.extras = extras;
  return {};
}

}  // namespace

Checked<Options> WithConfig(Options options, std::string_view text, const std::string& source) {
  Errors errors;
  if (auto root = yaml::Parse(text, source)) {
    Reading(options, errors).Read(*root);
  } else {
    errors.push_back(root.error());
  }
  if (options.evidence.enabled && errors.empty()) {
    if (const Status asked = AskForEvidence(options); !asked) errors.push_back(asked.error());
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return options;
}

Checked<Options> WithConfigFile(Options options) {
  const std::string path = options.config_file;
  if (path.empty()) return WithConfig(std::move(options), "", "");
  const auto text = ReadFile(path);
  if (!text) return tl::unexpected(Errors{text.error().At(Position{path, 0, 0})});
  return WithConfig(std::move(options), *text, path);
}

}  // namespace tocsin::exporter
