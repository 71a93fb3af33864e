#include "alerting/web/rules_api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "alerting/web/json.h"
#include "alerting/web/json_tree.h"
#include "alerting/web/parameters.h"

namespace tocsin::web {
namespace {

std::string TimeText(const std::optional<Timestamp>& t) { return t ? FormatRfc3339(*t) : kNever; }
double Seconds(std::chrono::duration<double> duration) { return duration.count(); }

std::string_view HoldName(rules::ActiveAlert::Hold hold) {
  return hold == rules::ActiveAlert::Hold::kResolveExpr ? "resolve_expr" : "no_data";
}

Json WrittenJson(const rules::WrittenLabels& labels) {
  Json json = Json::object();
  for (const auto& [name, value] : labels) json[name] = value;
  return json;
}

/// Those whose text is empty, too.
Json AnnotationsJson(const rules::RuleSpec& spec, const rules::ActiveAlert& alert) {
  const auto is_empty = [&](const auto& annotation) { return !alert.annotations.Has(annotation.first); };
  if (std::none_of(spec.annotations.begin(), spec.annotations.end(), is_empty)) {
    return LabelsJson(alert.annotations);
  }
  std::map<std::string, std::string> all(spec.annotations.begin(), spec.annotations.end());
  for (auto& [name, text] : all) text.clear();
  for (const model::LabelView label : alert.annotations) all[std::string(label.name)] = label.value;
  return Json(all);
}

/// Prometheus' fields, and behind them ours where there is something to say that it does not know.
Json AlertJson(const rules::RuleSpec& spec, const rules::ActiveAlert& alert) {
  Json json = {{"labels", LabelsJson(alert.labels)},
               {"annotations", AnnotationsJson(spec, alert)},
               {"state", rules::AlertStateName(alert.state)},
               {"activeAt", FormatRfc3339(alert.active_at)}};
  if (alert.keep_firing_since) json["keepFiringSince"] = FormatRfc3339(*alert.keep_firing_since);
  json["value"] = FormatExponent(alert.value);
  if (alert.hold != rules::ActiveAlert::Hold::kNone) json["heldBy"] = HoldName(alert.hold);
  if (alert.resolved_at) {
    json["resolvedAt"] = FormatRfc3339(*alert.resolved_at);
    json["endReason"] = model::EndReasonName(alert.end_reason);
  }
  return json;
}

void AppendAlerts(Json& list, const rules::RuleSpec& spec, const std::vector<rules::ActiveAlert>& alerts) {
  for (const rules::ActiveAlert& alert : alerts) list.push_back(AlertJson(spec, alert));
}

/// What a request wants to see of alerts.
struct Shown {
  bool alerts = true;
  bool resolved = false;  ///< those of the last quarter of an hour, too
};

Json AlertsJson(const rules::RuleSnapshot& rule, const Shown& shown) {
  if (!shown.alerts) return nullptr;
  Json list = Json::array();
  AppendAlerts(list, *rule.spec, rule.alerts);
  if (shown.resolved) AppendAlerts(list, *rule.spec, rule.resolved);
  return list;
}

Json RuleJson(const rules::RuleSnapshot& rule, const Shown& shown) {
  const rules::RuleSpec& spec = *rule.spec;
  const bool alerting = spec.kind == rules::RuleKind::kAlerting;
  Json json = Json::object();
  if (alerting) json["state"] = rules::AlertStateName(rule.state());
  json["name"] = spec.name;
  json["query"] = spec.query->text();
  if (alerting) {
    json["duration"] = Seconds(spec.hold_for);
    json["keepFiringFor"] = Seconds(spec.keep_firing_for);
    json["labels"] = WrittenJson(spec.written_labels);
    json["annotations"] = WrittenJson(spec.annotations);
    json["alerts"] = AlertsJson(rule, shown);
  } else if (!spec.written_labels.empty()) {
    json["labels"] = WrittenJson(spec.written_labels);
  }
  json["health"] = rules::HealthName(rule.health);
  if (rule.last_error) json["lastError"] = rule.last_error->message();
  json["evaluationTime"] = Seconds(rule.evaluation_time);
  json["lastEvaluation"] = TimeText(rule.last_evaluation);
  json["type"] = alerting ? "alerting" : "recording";
  return json;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return lower;
}

/// As Go's strconv.ParseBool reads it.
std::optional<bool> ParseBool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

bool ReadFlag(ParameterReader& in, std::string_view name) {
  const std::string_view text = in.Text(name);
  if (text.empty()) return false;
  const std::optional<bool> flag = ParseBool(text);
  if (!flag) {
    in.Refuse(name, fmt::format("error converting {}: strconv.ParseBool: parsing {}: invalid syntax", name,
                                model::Quote(text)));
  }
  return flag.value_or(false);
}

/// Which rules a request asks for.
class Filter {
 public:
  explicit Filter(ParameterReader& in)
      : type_(Lower(in.Text("type"))),
        names_(in.form().All("rule_name[]")),
        groups_(in.form().All("rule_group[]")),
        files_(in.form().All("file[]")) {
    if (!type_.empty() && type_ != "alert" && type_ != "record") {
      in.Refuse("type", fmt::format("not supported value {}", model::Quote(in.Text("type"))));
    }
    any_of_ = in.Selectors();
  }

  bool HasGroup(const rules::GroupSpec& group) const {
    return Has(groups_, group.name) && Has(files_, group.file);
  }
  bool HasRule(const rules::RuleSpec& rule) const {
    const bool alerting = rule.kind == rules::RuleKind::kAlerting;
    return (type_.empty() || (type_ == "alert") == alerting) && Has(names_, rule.name) && Matches(rule);
  }

 private:
  static bool Has(const std::vector<std::string_view>& wanted, std::string_view value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  }
  /// By the labels as the file has them, templates and all.
  bool Matches(const rules::RuleSpec& rule) const {
    return any_of_.empty() || std::any_of(any_of_.begin(), any_of_.end(), [&](const auto& matchers) {
             return model::MatchesAll(matchers, rule.labels);
           });
  }

  std::string type_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> groups_;
  std::vector<std::string_view> files_;
  std::vector<model::Matchers> any_of_;
};

/// The part of the groups that a request asks for.
struct Page {
  size_t limit = 0;  ///< 0: all
  std::string_view token;
};

Page ReadPage(ParameterReader& in) {
  Page page{0, in.Text("group_next_token")};
  const std::string_view limit = in.Text("group_limit");
  if (!page.token.empty() && limit.empty()) {
    in.Refuse("group_next_token", "group_limit needs to be present in order to paginate over the groups");
  }
  if (limit.empty()) return page;
  int32_t number = 0;
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), number);
  if (error != std::errc{} || end != limit.data() + limit.size()) {
    in.Refuse("group_limit",
              fmt::format("group_limit needs to be a valid number: strconv.ParseInt: parsing {}: {}",
                          model::Quote(limit),
                          error == std::errc::result_out_of_range && end == limit.data() + limit.size()
                              ? "value out of range"
                              : "invalid syntax"));
  } else if (number <= 0) {
    in.Refuse("group_limit", "group_limit needs to be greater than 0");
  } else {
    page.limit = static_cast<size_t>(number);
  }
  return page;
}

/// Names the group that the next page begins with, as Prometheus does.
std::string TokenOf(const rules::GroupSpec& group) {
  const std::string id = group.file + ";" + group.name;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(id.data(), id.size(), digest.data(), &length, EVP_sha1(), nullptr);
  std::string token;
  for (unsigned i = 0; i < length; ++i) token += fmt::format("{:02x}", digest.at(i));
  return token;
}

std::vector<std::shared_ptr<const rules::GroupSnapshot>> Sorted(
    std::vector<std::shared_ptr<const rules::GroupSnapshot>> groups) {
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return std::tie(a->spec->file, a->spec->name) < std::tie(b->spec->file, b->spec->name);
  });
  return groups;
}

Json GroupJson(const rules::GroupSnapshot& group, Json rules) {
  return {{"name", group.spec->name},
          {"file", group.spec->file},
          {"rules", std::move(rules)},
          {"interval", Seconds(group.spec->interval)},
          {"limit", group.spec->limit},
          {"evaluationTime", Seconds(group.evaluation_time)},
          {"lastEvaluation", TimeText(group.last_evaluation)}};
}

http::Response Rules(const GroupsSource& source, const http::Request& request) {
  ParameterReader in(request);
  const Filter filter(in);
  Shown shown;
  shown.alerts = !ReadFlag(in, "exclude_alerts");
  shown.resolved = ReadFlag(in, "resolved");
  const Page page = ReadPage(in);
  if (in.refusal()) return *in.refusal();
  Json list = Json::array();
  Json data = Json::object();
  bool reached = page.token.empty();
  for (const auto& group : Sorted(source())) {
    reached = reached || TokenOf(*group->spec) == page.token;
    if (!reached || !filter.HasGroup(*group->spec)) continue;
    Json rules = Json::array();
    for (const rules::RuleSnapshot& rule : group->rules) {
      if (filter.HasRule(*rule.spec)) rules.push_back(RuleJson(rule, shown));
    }
    if (rules.empty()) continue;
    if (page.limit > 0 && list.size() == page.limit) {
      data["groupNextToken"] = TokenOf(*group->spec);
      break;
    }
    list.push_back(GroupJson(*group, std::move(rules)));
  }
  if (!reached) {
    return BadParameter("group_next_token",
                        fmt::format("invalid group_next_token '{}'. were rule groups changed?", page.token));
  }
  Json answer = {{"groups", std::move(list)}};
  answer.update(data);
  return Success(Dump(answer));
}

http::Response Alerts(const GroupsSource& source, const http::Request& request) {
  ParameterReader in(request);
  const bool resolved = ReadFlag(in, "resolved");
  if (in.refusal()) return *in.refusal();
  Json list = Json::array();
  for (const auto& group : source()) {
    for (const rules::RuleSnapshot& rule : group->rules) {
      AppendAlerts(list, *rule.spec, rule.alerts);
      if (resolved) AppendAlerts(list, *rule.spec, rule.resolved);
    }
  }
  return Success(Dump({{"alerts", std::move(list)}}));
}

}  // namespace

void AddRulesApi(http::Router& router, const GroupsSource& groups) {
  router.Get("/api/v1/rules", [groups](const http::Request& request) { return Rules(groups, request); });
  router.Get("/api/v1/alerts", [groups](const http::Request& request) { return Alerts(groups, request); });
}

}  // namespace tocsin::web
