#include "alerting/web/alertmanager_alerts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "alerting/model/matcher_syntax.h"

namespace tocsin::web {
namespace {

/// Go's zero time, which stands for "not set".
bool IsZero(Timestamp t) { return t.millis() == -62'135'596'800'000; }

bool IsUri(std::string_view text) {
  // net/url.ParseRequestURI: a scheme, or a path from the root.
  const size_t colon = text.find(':');
  return text.starts_with('/') || (colon != std::string_view::npos && colon > 0 &&
                                   text.substr(0, colon).find_first_of("/ ?#") == std::string_view::npos);
}

tl::unexpected<Refusal> WrongType(std::string_view what) {
  return tl::unexpected(Refusal{
      400, 400, fmt::format("parsing alerts body from \"\" failed, because {} is of another type", what)});
}

/// A label set as posted, in views of the JSON: names are checked later, as a bad one is a fault of this
/// alert alone.
tl::expected<std::vector<model::LabelView>, Refusal> ReadSet(const PlainJson& alert, const char* key) {
  std::vector<model::LabelView> set;
  auto found = alert.find(key);
  if (found == alert.end() || found->is_null()) return set;
  if (!found->is_object()) return WrongType(key);
  set.reserve(found->size());
  for (const auto& [name, value] : found->get_ref<const PlainJson::object_t&>()) {
    if (!value.is_string()) return WrongType(fmt::format("Alert.{}.{}", key, name));
    set.emplace_back(name, value.get_ref<const std::string&>());
  }
  return set;
}

tl::expected<std::optional<Timestamp>, Refusal> ReadOptionalTime(const PlainJson& alert, const char* key) {
  auto found = alert.find(key);
  if (found == alert.end() || found->is_null()) return std::nullopt;
  auto time = ReadTime(*found, "alerts");
  if (!time) return tl::unexpected(time.error());
  return IsZero(*time) ? std::nullopt : std::optional(*time);
}

std::string FaultOf(const std::vector<model::LabelView>& labels,
                    const std::vector<model::LabelView>& annotations, const model::Alert& alert) {
  if (alert.ends_at < alert.starts_at) return "start time must be before end time";
  auto bad_name = [](const std::vector<model::LabelView>& set) {
    return std::find_if(set.begin(), set.end(), [](const auto& label) {
      return !label.value.empty() && !model::IsUtf8Name(label.name);
    });
  };
  if (auto bad = bad_name(labels); bad != labels.end()) {
    return "invalid label set: invalid name " + model::Quote(bad->name);
  }
  if (alert.labels.empty()) return "at least one label pair required";
  if (auto bad = bad_name(annotations); bad != annotations.end()) {
    return "invalid annotations: invalid name " + model::Quote(bad->name);
  }
  return "";
}

/// Takes one alert into `posted`, or notes its fault there.
tl::expected<void, Refusal> Take(const PlainJson& json, size_t index, Timestamp now, Duration resolve_timeout,
                                 PostedAlerts& posted) {
  if (!json.is_object()) return WrongType(fmt::format("{}", index));
  if (!json.contains("labels")) return tl::unexpected(Required(fmt::format("{}.labels", index)));
  auto labels = ReadSet(json, "labels");
  if (!labels) return tl::unexpected(labels.error());
  auto annotations = ReadSet(json, "annotations");
  if (!annotations) return tl::unexpected(annotations.error());
  auto starts_at = ReadOptionalTime(json, "startsAt");
  if (!starts_at) return tl::unexpected(starts_at.error());
  auto ends_at = ReadOptionalTime(json, "endsAt");
  if (!ends_at) return tl::unexpected(ends_at.error());

  model::Alert alert;
  if (auto url = json.find("generatorURL"); url != json.end() && !url->is_null()) {
    if (!url->is_string()) return WrongType("generatorURL");
    alert.generator_url = url->get<std::string>();
    if (!alert.generator_url.empty() && !IsUri(alert.generator_url)) {
      return tl::unexpected(Refusal{422, 601,
                                    fmt::format("{}.generatorURL in body must be of type uri: {}", index,
                                                model::Quote(alert.generator_url))});
    }
  }
  alert.updated_at = now;
  alert.timeout = !ends_at->has_value();
  alert.starts_at = starts_at->value_or(ends_at->value_or(now));
  alert.ends_at = ends_at->value_or(now + resolve_timeout);
  alert.labels = model::Labels(*labels);
  alert.annotations = model::Labels(*annotations);
  if (std::string fault = FaultOf(*labels, *annotations, alert); !fault.empty()) {
    posted.faults += (posted.faults.empty() ? "" : "\n") + fault;
  } else {
    posted.alerts.push_back(std::make_shared<const model::Alert>(std::move(alert)));
  }
  return {};
}

std::string Fingerprint(uint64_t id) { return fmt::format("{:016x}", id); }

OrderedJson AlertJson(const model::Alert& alert, const notify::AlertStatus& status,
                      const std::vector<std::string>& receivers) {
  OrderedJson inhibited_by = OrderedJson::array();
  for (uint64_t id : status.inhibited_by) inhibited_by.push_back(Fingerprint(id));
  OrderedJson names = OrderedJson::array();
  for (const std::string& receiver : receivers) names.push_back({{"name", receiver}});
  OrderedJson json{{"annotations", ApiLabels(alert.annotations)},
                   {"endsAt", ApiTime(alert.ends_at)},
                   {"fingerprint", Fingerprint(alert.labels.Fingerprint())},
                   {"receivers", std::move(names)},
                   {"startsAt", ApiTime(alert.starts_at)},
                   {"status",
                    {{"inhibitedBy", std::move(inhibited_by)},
                     {"mutedBy", status.muted_by},
                     {"silencedBy", status.silenced_by},
                     {"state", status.suppressed() ? "suppressed" : "active"}}},
                   {"updatedAt", ApiTime(alert.updated_at)}};
  if (!alert.generator_url.empty()) json["generatorURL"] = alert.generator_url;
  json["labels"] = ApiLabels(alert.labels);
  return json;
}

bool Wants(const AlertQuery& query, const model::Alert& alert, const notify::AlertStatus& status) {
  return (query.active || status.suppressed()) && (query.silenced || status.silenced_by.empty()) &&
         (query.inhibited || status.inhibited_by.empty()) && MatchesAll(query.filter, alert.labels);
}

bool WantsReceiver(const AlertQuery& query, const std::string& receiver) {
  return (query.receiver.empty() || query.receiver.front().Matches(receiver)) &&
         MatchesAll(query.receiver_matchers, {{"name", receiver}});
}

}  // namespace

tl::expected<PostedAlerts, Refusal> ReadPostedAlerts(const http::Request& request, Timestamp now,
                                                     Duration resolve_timeout) {
  auto body = ReadBody(request, "alerts");
  if (!body) return tl::unexpected(body.error());
  if (!body->is_array()) return WrongType("the body");
  PostedAlerts posted;
  posted.alerts.reserve(body->size());
  for (size_t i = 0; i < body->size(); ++i) {
    if (auto taken = Take((*body)[i], i, now, resolve_timeout, posted); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  return posted;
}

Result<AlertQuery> ReadAlertQuery(const http::Request& request) {
  AlertQuery query;
  auto filter = ReadFilter(request);
  if (!filter) return Fail(filter.error());
  query.filter = *std::move(filter);
  if (auto receiver = request.query.Get("receiver"); receiver && !receiver->empty()) {
    auto matcher = model::Matcher::Make(model::MatchOp::kRegex, "name", std::string(*receiver));
    if (!matcher) return Fail(matcher.error().WithContext("failed to parse receiver param"));
    query.receiver.push_back(*std::move(matcher));
  }
  for (std::string_view text : request.query.All("receiver_matchers")) {
    auto matchers = model::ParseMatchers(text);
    if (!matchers) return Fail(matchers.error().WithContext("failed to parse receiver_matchers param"));
    query.receiver_matchers.insert(query.receiver_matchers.end(), matchers->begin(), matchers->end());
  }
  query.active = Flag(request, "active");
  query.silenced = Flag(request, "silenced");
  query.inhibited = Flag(request, "inhibited");
  query.muted = Flag(request, "muted");
  return query;
}

OrderedJson AlertsJson(const notify::View& view, const AlertQuery& query) {
  std::vector<std::pair<uint64_t, OrderedJson>> found;
  for (const model::AlertPtr& alert : view.alerts) {
    if (!MatchesAll(query.filter, alert->labels)) continue;
    std::vector<std::string> receivers = view.ReceiversOf(alert->labels);
    const bool reaches = std::any_of(receivers.begin(), receivers.end(),
                                     [&](const auto& receiver) { return WantsReceiver(query, receiver); });
    const notify::AlertStatus status = view.StatusOf(*alert);
    if ((!reaches && !receivers.empty()) || !Wants(query, *alert, status)) continue;
    found.emplace_back(alert->labels.Fingerprint(), AlertJson(*alert, status, receivers));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  OrderedJson list = OrderedJson::array();
  for (auto& [fingerprint, json] : found) list.push_back(std::move(json));
  return list;
}

OrderedJson GroupsJson(const notify::View& view, const AlertQuery& query) {
  OrderedJson list = OrderedJson::array();
  auto wanted = [&](const notify::Route& route) { return WantsReceiver(query, route.receiver()); };
  for (const notify::GroupView& group : view.Groups(wanted)) {
    if (!query.muted && !group.muted_by.empty()) continue;
    OrderedJson alerts = OrderedJson::array();
    for (const model::AlertPtr& alert : group.alerts) {
      notify::AlertStatus status = view.StatusOf(*alert);
      if (!Wants(query, *alert, status)) continue;
      status.muted_by = group.muted_by;
      alerts.push_back(AlertJson(*alert, status, view.ReceiversOf(alert->labels)));
    }
    if (alerts.empty()) continue;
    list.push_back({{"alerts", std::move(alerts)},
                    {"labels", ApiLabels(group.labels)},
                    {"receiver", {{"name", group.receiver}}}});
  }
  return list;
}

}  // namespace tocsin::web
