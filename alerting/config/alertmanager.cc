#include "alerting/config/alertmanager.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "alerting/config/matchers.h"
#include "alerting/config/receivers.h"
#include "alerting/config/show.h"
#include "alerting/config/time_intervals.h"
#include "base/files.h"
#include "base/yaml/go_yaml.h"

namespace tocsin::config {
namespace {

using yaml::IsSet;
using yaml::Kind;
using yaml::MappingReader;
using yaml::Node;

/// Reads the tree, checking each node where it stands.
class RouteReader {
 public:
  RouteReader(const std::set<std::string>& receivers, const std::set<std::string>& intervals, Errors& errors)
      : receivers_(receivers), intervals_(intervals), errors_(errors) {}

  notify::RouteOptions Read(const Node& node, bool root) {
    notify::RouteOptions route;
    MappingReader in(node, errors_);
    ReadReceiverName(in, root, route);
    route.matchers = ReadMatchers(in, {"match", "match_re", "matchers"});
    in.Optional("continue", route.keep_going);
    ReadGroupBy(in, route);
    in.Optional("group_wait", route.group_wait);
    in.Optional("group_interval", route.group_interval);
    in.Optional("repeat_interval", route.repeat_interval);
    for (const char* key : {"group_interval", "repeat_interval"}) {
      const auto& value =
          std::string_view(key) == "group_interval" ? route.group_interval : route.repeat_interval;
      if (value == Duration(0)) in.Fail(*in.Take(key), fmt::format("{} cannot be zero", key));
    }
    ReadIntervalNames(in, "mute_time_intervals", root, route.mute_time_intervals);
    ReadIntervalNames(in, "active_time_intervals", root, route.active_time_intervals);
    if (root && !route.matchers.empty()) in.Fail(node, "root route must not have any matchers");
    if (root && route.keep_going) in.Fail(*in.Take("continue"), "cannot have continue in root route");
    if (const Node* routes = in.Take("routes"); IsSet(routes)) {
      if (routes->kind != Kind::kSequence) in.Fail(*routes, "expected a sequence");
      for (const Node& child : routes->items) route.routes.push_back(Read(child, false));
    }
    in.Finish();
    return route;
  }

 private:
  void ReadReceiverName(MappingReader& in, bool root, notify::RouteOptions& route) {
    if (in.Optional("receiver", route.receiver) && !route.receiver.empty()) {
      if (!receivers_.contains(route.receiver)) {
        in.Fail(*in.Take("receiver"), fmt::format("undefined receiver \"{}\" used in route", route.receiver));
      }
    } else if (root) {
      in.Fail(in.node(), "root route must specify a default receiver");
    }
  }

  void ReadGroupBy(MappingReader& in, notify::RouteOptions& route) {
    std::vector<std::string> names;
    if (!in.Optional("group_by", names)) return;
    const Node& at = *in.Take("group_by");
    std::set<std::string> seen;
    for (const std::string& name : names) {
      if (name == "...") {
        route.group_by_all = true;
        continue;
      }
      if (!model::IsUtf8Name(name))
        in.Fail(at, fmt::format("invalid label name \"{}\" in group_by list", name));
      if (!seen.insert(name).second) in.Fail(at, fmt::format("duplicated label \"{}\" in group_by", name));
    }
    if (route.group_by_all && !seen.empty()) {
      in.Fail(at, "cannot have wildcard group_by (`...`) and other labels at the same time");
    }
    if (!route.group_by_all) route.group_by = std::move(names);
  }

  void ReadIntervalNames(MappingReader& in, const char* key, bool root, std::vector<std::string>& names) {
    if (!in.Optional(key, names) || names.empty()) return;
    const Node& at = *in.Take(key);
    if (root) in.Fail(at, fmt::format("root route must not have any {}", key));
    for (const std::string& name : names) {
      if (!intervals_.contains(name))
        in.Fail(at, fmt::format("undefined time interval \"{}\" used in route", name));
    }
  }

  const std::set<std::string>& receivers_;
  const std::set<std::string>& intervals_;
  Errors& errors_;
};

void ReadReceivers(MappingReader& in, const ReceiverDefaults& defaults, const std::string& source,
                   std::set<std::string>& names, notify::Options& options, Errors& errors) {
  const Node* list = in.Take("receivers");
  if (!IsSet(list)) return;
  if (list->kind != Kind::kSequence) return in.Fail(*list, "expected a sequence of receivers");
  for (const Node& node : list->items) {
    notify::ReceiverOptions receiver = ReadReceiver(node, defaults, source, errors);
    if (!receiver.name.empty() && !names.insert(receiver.name).second) {
      in.Fail(node, fmt::format("notification config name \"{}\" is not unique", receiver.name));
    }
    options.receivers.push_back(std::move(receiver));
  }
}

void ReadInhibitRules(MappingReader& in, notify::Options& options, Errors& errors) {
  const Node* list = in.Take("inhibit_rules");
  if (!IsSet(list)) return;
  if (list->kind != Kind::kSequence) return in.Fail(*list, "expected a sequence of inhibition rules");
  for (const Node& node : list->items) {
    notify::InhibitRuleOptions rule;
    MappingReader entry(node, errors);
    entry.Take("name");  // for the reader of the file alone
    rule.source = ReadMatchers(entry, {"source_match", "source_match_re", "source_matchers"});
    rule.target = ReadMatchers(entry, {"target_match", "target_match_re", "target_matchers"});
    if (entry.Optional("equal", rule.equal)) {
      for (const std::string& name : rule.equal) {
        if (!model::IsUtf8Name(name)) {
          entry.Fail(*entry.Take("equal"), fmt::format("invalid label name \"{}\" in equal list", name));
        }
      }
    }
    entry.Finish();
    options.inhibit_rules.push_back(std::move(rule));
  }
}

notify::Options ReadDocument(const Node& root, const std::string& source, Errors& errors) {
  notify::Options options;
  MappingReader in(root, errors);
  ReceiverDefaults defaults = ReadGlobal(in.Take("global"), source, options.resolve_timeout, errors);
  std::vector<std::string> templates;
  in.Optional("templates", templates);
  for (const std::string& glob : templates)
    options.template_globs.push_back(RelativeTo(source, glob).string());
  std::set<std::string> receivers;
  ReadReceivers(in, defaults, source, receivers, options, errors);
  options.time_intervals = ReadTimeIntervals(in, errors);
  std::set<std::string> intervals;
  for (const notify::NamedTimeInterval& interval : options.time_intervals) intervals.insert(interval.name);
  ReadInhibitRules(in, options, errors);
  if (const Node* route = in.Take("route"); IsSet(route)) {
    options.route = RouteReader(receivers, intervals, errors).Read(*route, true);
  } else {
    in.Fail(root, "no routes provided");
  }
  for (std::string_view key : {"tracing", "event_recorder"}) NotSupported(in, key);
  in.Finish();
  return options;
}

Checked<AlertmanagerConfig> Check(Node root, const std::string& source, const yaml::Environment& environment,
                                  Unsupported unsupported) {
  AlertmanagerConfig file;
  Errors errors;
  yaml::ExpandEnvironment(root, environment,
                          {"regex", "match_re", "matchers", "source_match_re", "source_matchers",
                           "target_match_re", "target_matchers"},
                          errors);
  file.options = ReadDocument(root, source, errors);
  file.shown = Show(root);
  if (unsupported == Unsupported::kWarn) {
    auto is_fault = [](const Error& error) { return error.code() != ErrorCode::kUnsupported; };
    auto warnings = std::stable_partition(errors.begin(), errors.end(), is_fault);
    file.warnings.assign(warnings, errors.end());
    errors.erase(warnings, errors.end());
  }
  if (errors.empty()) return file;
  std::stable_sort(errors.begin(), errors.end(), [](const Error& a, const Error& b) {
    return std::pair(a.position().line, a.position().column) <
           std::pair(b.position().line, b.position().column);
  });
  return tl::unexpected<Errors>(std::move(errors));
}

}  // namespace

Checked<AlertmanagerConfig> LoadAlertmanagerConfig(const std::string& path,
                                                   const yaml::Environment& environment,
                                                   Unsupported unsupported) {
  auto text = ReadFile(path);
  if (!text) return tl::unexpected<Errors>(Errors{text.error()});
  return ParseAlertmanagerConfig(*text, path, environment, unsupported);
}

Checked<AlertmanagerConfig> ParseAlertmanagerConfig(std::string_view text, const std::string& source,
                                                    const yaml::Environment& environment,
                                                    Unsupported unsupported) {
  auto root = yaml::ParseFirst(text, source);
  if (!root) return tl::unexpected<Errors>(Errors{root.error()});
  return Check(*std::move(root), source, environment, unsupported);
}

}  // namespace tocsin::config
