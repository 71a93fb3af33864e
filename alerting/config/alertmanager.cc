#include "alerting/config/alertmanager.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "alerting/config/receivers.h"
#include "alerting/model/matcher_syntax.h"
#include "base/files.h"

namespace tocsin::config {
namespace {

using model::MatchOp;
using yaml::IsSet;
using yaml::Kind;
using yaml::MappingReader;
using yaml::Node;

/// Reads the tree, checking each node where it stands.
class RouteReader {
 public:
  RouteReader(const std::set<std::string>& receivers, Errors& errors)
      : receivers_(receivers), errors_(errors) {}

  notify::RouteOptions Read(const Node& node, bool root) {
    notify::RouteOptions route;
    MappingReader in(node, errors_);
    ReadReceiverName(in, root, route);
    ReadMatchers(in, route);
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
    NotSupported(in, "mute_time_intervals");
    NotSupported(in, "active_time_intervals");
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

  void ReadMatchers(MappingReader& in, notify::RouteOptions& route) {
    AddMap(in, "match", MatchOp::kEqual, route.matchers);
    AddMap(in, "match_re", MatchOp::kRegex, route.matchers);
    const Node* list = in.Take("matchers");
    if (!IsSet(list)) return;
    if (list->kind != Kind::kSequence) return in.Fail(*list, "expected a sequence of matchers");
    for (const Node& item : list->items) {
      std::string text;
      if (item.kind != Kind::kNull && !in.Check(yaml::Read(item, text))) continue;
      auto matchers = model::ParseMatchers(text);
      if (!matchers) {
        in.Fail(item, matchers.error().message());
        continue;
      }
      route.matchers.insert(route.matchers.end(), matchers->begin(), matchers->end());
    }
  }

  void AddMap(MappingReader& in, const char* key, MatchOp op, model::Matchers& out) {
    const Node* map = in.Take(key);
    std::map<std::string, std::string> read;
    if (map == nullptr || !in.Optional(key, read)) return;
    for (const auto& [name, value] : read) {
      auto matcher = model::Matcher::Make(op, name, value);
      if (!model::IsUtf8Name(name)) {
        in.Fail(*map, fmt::format("invalid label name \"{}\"", name));
      } else if (!matcher) {
        in.Fail(*map, matcher.error().message());
      } else {
        out.push_back(*std::move(matcher));
      }
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

  const std::set<std::string>& receivers_;
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
  if (const Node* route = in.Take("route"); IsSet(route)) {
    options.route = RouteReader(receivers, errors).Read(*route, true);
  } else {
    in.Fail(root, "no routes provided");
  }
  for (std::string_view key :
       {"inhibit_rules", "mute_time_intervals", "time_intervals", "tracing", "event_recorder"}) {
    NotSupported(in, key);
  }
  in.Finish();
  return options;
}

Checked<AlertmanagerConfig> Check(Node root, const std::string& source, const yaml::Environment& environment,
                                  Unsupported unsupported) {
  AlertmanagerConfig file;
  Errors errors;
  yaml::ExpandEnvironment(root, environment, {"regex", "match_re", "matchers"}, errors);
  file.options = ReadDocument(root, source, errors);
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
  auto root = yaml::Parse(text, source);
  if (!root) return tl::unexpected<Errors>(Errors{root.error()});
  auto config = Check(*std::move(root), source, environment, unsupported);
  if (config) config->text = text;
  return config;
}

}  // namespace tocsin::config
