#include "alerting/notify/receivers/opsgenie.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/notify/receivers/go_json.h"
#include "alerting/notify/template/data.h"

namespace tocsin::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxOpsGenieMessage = 130;

/// The parts between commas that are not empty.
std::vector<std::string> SplitCommas(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

void PutOpsGenie(Json& into, const char* key, std::string text) {
  if (!text.empty()) into[key] = std::move(text);
}

Json RespondersJson(Fields& fields, const std::vector<OpsGenieResponder>& responders) {
  Json list = Json::array();
  for (const OpsGenieResponder& responder : responders) {
    const std::string id = fields.Text("responders", responder.id);
    const std::string name = fields.Text("responders", responder.name);
    const std::string username = fields.Text("responders", responder.username);
    const std::string type = fields.Text("responders", responder.type);
    if (id.empty() && name.empty() && username.empty() && type.empty())
      continue;  // made of labels that are not there
    if (type == "teams") {
      for (const std::string& team : SplitCommas(name)) list.push_back({{"name", team}, {"type", "team"}});
      continue;
    }
    Json entry;
    PutOpsGenie(entry, "id", id);
    PutOpsGenie(entry, "name", name);
    PutOpsGenie(entry, "username", username);
    entry["type"] = type;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

OpsGenieIntegration::OpsGenieIntegration(IntegrationId id, OpsGenieOptions options,
                                         const HttpServices& services)
    : HttpIntegration(std::move(id), options.send_resolved, options.http, Duration(10'000), services),
      options_(std::move(options)) {}

std::string OpsGenieIntegration::CreateBody(Fields& fields, const Notification& notification,
                                            std::string& message, std::string& description) const {
  message = TruncateRunes(fields.Title("message", options_.message), kMaxOpsGenieMessage);
  description = fields.Body("description", options_.description);
  std::map<std::string, std::string> details;
  for (const model::LabelView label : CommonLabels(notification))
    details[std::string(label.name)] = std::string(label.value);
  for (const auto& [name, field] : options_.details) details[name] = fields.Text("details", field);
  Json body;
  body["alias"] = HashOfGroup(notification);
  body["message"] = message;
  PutOpsGenie(body, "description", description);
  body["details"] = details;
  body["source"] = fields.Text("source", options_.source);
  if (Json responders = RespondersJson(fields, options_.responders); !responders.empty())
    body["responders"] = std::move(responders);
  if (auto tags = SplitCommas(fields.Text("tags", options_.tags)); !tags.empty()) body["tags"] = tags;
  PutOpsGenie(body, "note", fields.Text("note", options_.note));
  PutOpsGenie(body, "priority", fields.Text("priority", options_.priority));
  PutOpsGenie(body, "entity", fields.Text("entity", options_.entity));
  if (auto actions = SplitCommas(fields.Text("actions", options_.actions)); !actions.empty())
    body["actions"] = actions;
  return GoJson(body) + "\n";
}

Result<HttpPlan> OpsGenieIntegration::Plan(const Notification& notification) const {
  auto written = options_.api_key.Read();
  if (!written) return Fail(written.error().Retryable(true));
  Fields fields(templates(), notification);
  auto key = fields.Needed("api_key", written->Reveal());
  if (!key) return Fail(key.error());
  const std::string alias = HashOfGroup(notification);
  HttpPlan plan;
  const auto add = [&](const char* method, const std::string& path, std::string body) {
    plan.messages.push_back({.method = method,
                             .url = Secret(options_.api_url + "v2/alerts" + path),
                             .body = std::move(body),
                             .headers = {{"Authorization", "GenieKey " + *key}}});
  };
  const auto update = [&](const char* what, const std::string& text) {
    Json body = Json::object();
    PutOpsGenie(body, what, text);
    add("PUT", fmt::format("/{}/{}?identifierType=alias", alias, what), GoJson(body) + "\n");
  };
  if (notification.AnyFiring()) {
    std::string message;
    std::string description;
    add("POST", "", CreateBody(fields, notification, message, description));
    if (options_.update_alerts) {
      update("message", message);
      update("description", description);
    }
  } else {
    const Json body = {{"source", fields.Text("source", options_.source)}};
    add("POST", fmt::format("/{}/close?identifierType=alias", alias), GoJson(body) + "\n");
  }
  plan.flaw = fields.flaw();
  return plan;
}

}  // namespace tocsin::notify
