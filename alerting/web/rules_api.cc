#include "alerting/web/rules_api.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "alerting/web/json.h"
#include "alerting/web/json_tree.h"

namespace tocsin::web {
namespace {

std::string TimeText(const std::optional<Timestamp>& t) { return t ? FormatRfc3339(*t) : kNever; }
double Seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000.0; }

Json AlertJson(const rules::ActiveAlert& alert) {
  Json json = {{"labels", LabelsJson(alert.labels)},
               {"annotations", LabelsJson(alert.annotations)},
               {"state", rules::AlertStateName(alert.state)},
               {"activeAt", FormatRfc3339(alert.active_at)}};
  if (alert.keep_firing_since) json["keepFiringSince"] = FormatRfc3339(*alert.keep_firing_since);
  json["value"] = FormatExponent(alert.value);
  return json;
}

Json AlertsJson(const rules::RuleSnapshot& rule) {
  Json list = Json::array();
  for (const rules::ActiveAlert& alert : rule.alerts) list.push_back(AlertJson(alert));
  return list;
}

Json RuleJson(const rules::RuleSnapshot& rule, bool with_alerts) {
  const rules::RuleSpec& spec = *rule.spec;
  const bool alerting = spec.kind == rules::RuleKind::kAlerting;
  Json json = Json::object();
  if (alerting) json["state"] = rules::AlertStateName(rule.state());
  json["name"] = spec.name;
  json["query"] = spec.query->text();
  if (alerting) {
    json["duration"] = Seconds(spec.hold_for);
    json["keepFiringFor"] = Seconds(spec.keep_firing_for);
    json["labels"] = LabelsJson(spec.labels);
    json["annotations"] = LabelsJson(spec.annotations);
    json["alerts"] = with_alerts ? AlertsJson(rule) : Json::array();
  } else if (!spec.labels.empty()) {
    json["labels"] = LabelsJson(spec.labels);
  }
  json["health"] = rules::HealthName(rule.health);
  if (rule.last_error) json["lastError"] = rule.last_error->message();
  json["evaluationTime"] = Seconds(rule.evaluation_time);
  json["lastEvaluation"] = TimeText(rule.last_evaluation);
  json["type"] = alerting ? "alerting" : "recording";
  return json;
}

/// Which rules a request asks for.
class Filter {
 public:
  explicit Filter(const http::Parameters& form)
      : type_(form.Get("type").value_or("")),
        names_(form.All("rule_name[]")),
        groups_(form.All("rule_group[]")),
        files_(form.All("file[]")) {}

  bool HasGroup(const rules::GroupSpec& group) const {
    return Has(groups_, group.name) && Has(files_, group.file);
  }
  bool HasRule(const rules::RuleSpec& rule) const {
    const bool alerting = rule.kind == rules::RuleKind::kAlerting;
    return (type_.empty() || (type_ == "alert") == alerting) && Has(names_, rule.name);
  }

 private:
  static bool Has(const std::vector<std::string_view>& wanted, std::string_view value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  }

  std::string_view type_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> groups_;
  std::vector<std::string_view> files_;
};

Json GroupJson(const rules::GroupSnapshot& group, Json rules) {
  return {{"name", group.spec->name},
          {"file", group.spec->file},
          {"rules", std::move(rules)},
          {"interval", Seconds(group.spec->interval)},
          {"limit", group.spec->limit},
          {"evaluationTime", Seconds(group.evaluation_time)},
          {"lastEvaluation", TimeText(group.last_evaluation)}};
}

http::Response Rules(const GroupsSource& groups, const http::Request& request) {
  const http::Parameters form = request.Form();
  for (const char* later : {"match[]", "group_limit", "group_next_token"}) {
    if (form.Get(later)) return BadParameter(later, "not supported by this version");
  }
  const std::string_view type = form.Get("type").value_or("");
  if (!type.empty() && type != "alert" && type != "record") {
    return BadParameter("type", "not supported value \"" + std::string(type) + "\"");
  }
  const std::string_view exclude = form.Get("exclude_alerts").value_or("");
  const bool with_alerts = exclude != "true" && exclude != "1";
  const Filter filter(form);
  Json list = Json::array();
  for (const auto& group : groups()) {
    if (!filter.HasGroup(*group->spec)) continue;
    Json rules = Json::array();
    for (const rules::RuleSnapshot& rule : group->rules) {
      if (filter.HasRule(*rule.spec)) rules.push_back(RuleJson(rule, with_alerts));
    }
    if (!rules.empty()) list.push_back(GroupJson(*group, std::move(rules)));
  }
  return Success(Dump({{"groups", std::move(list)}}));
}

http::Response Alerts(const GroupsSource& groups) {
  Json list = Json::array();
  for (const auto& group : groups()) {
    for (const rules::RuleSnapshot& rule : group->rules) {
      for (const rules::ActiveAlert& alert : rule.alerts) list.push_back(AlertJson(alert));
    }
  }
  return Success(Dump({{"alerts", std::move(list)}}));
}

}  // namespace

void AddRulesApi(http::Router& router, const GroupsSource& groups) {
  router.Get("/api/v1/rules", [groups](const http::Request& request) { return Rules(groups, request); });
  router.Get("/api/v1/alerts", [groups](const http::Request&) { return Alerts(groups); });
}

}  // namespace tocsin::web
